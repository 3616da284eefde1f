import { afterEach, beforeEach, expect, test } from 'vitest';
import { dnsCheck } from '../../src/steps/dns-check.ts';
import { contextFor, noon, runOnce } from '../support/step-context.ts';
import { serveNames } from '../world/servers.ts';

type NameServer = Awaited<ReturnType<typeof serveNames>>;
let first: NameServer;
let second: NameServer;

beforeEach(async () => {
  first = await serveNames({ 'api.example.test': ['10.2.0.9', '10.2.0.8'] });
  second = await serveNames({ 'api.example.test': ['10.2.0.7'] });
});
afterEach(() => Promise.all([first.stop(), second.stop()]));

function check(more: Record<string, unknown>) {
  return runOnce(dnsCheck, { name: 'api.example.test', servers: [first.server], ...more });
}

test('the same values in any order', async () => {
  expect(await check({ values: ['10.2.0.8', '10.2.0.9'] })).toMatchObject({
    status: 'succeeded',
    summary: 'api.example.test: 1 of 1 name servers agree',
    output: { answers: [{ server: first.server, values: ['10.2.0.8', '10.2.0.9'] }] },
  });
});

test('`contains` allows more, `values` does not', async () => {
  expect((await check({ contains: ['10.2.0.9'] })).status).toBe('succeeded');
  expect(await check({ values: ['10.2.0.9'] })).toMatchObject({
    status: 'failed',
    summary: `A api.example.test: 0 of 1 name servers agree; ${first.server} answers 10.2.0.8, 10.2.0.9`,
  });
});

test('all name servers have to agree unless a quorum is given', async () => {
  const servers = [first.server, second.server];
  const all = await check({ servers, contains: ['10.2.0.9'] });
  expect(all).toMatchObject({
    summary: expect.stringContaining(`1 of 2 name servers agree; ${second.server} answers 10.2.0.7`),
  });
  expect((await check({ servers, contains: ['10.2.0.9'], quorum: 1 })).status).toBe('succeeded');
});

test('a name that does not exist is told', async () => {
  const result = await check({ name: 'no.example.test', values: ['10.0.0.1'] });
  expect(result.status === 'failed' && result.summary).toContain(
    `at ${first.server}: the name does not exist`,
  );
});

test('looks again until the change has spread, without running meanwhile', async () => {
  const input = {
    name: 'api.example.test',
    servers: [second.server],
    values: ['10.2.0.9'],
    within: '1m',
    interval: '5s',
  };
  const early = await runOnce(dnsCheck, input);
  expect(early).toMatchObject({
    status: 'waiting',
    waiting: { for: 'time', until: '2026-11-21T12:00:05.000Z' },
  });
  second.zone['api.example.test'] = ['10.2.0.9'];
  const kept = early.status === 'waiting' ? (early.state ?? null) : null;
  expect((await runOnce(dnsCheck, input, { kept, now: () => noon + 5_000 })).status).toBe('succeeded');
});

test.each([
  [{ name: 'x' }, 'give either `values` or `contains`'],
  [{ name: 'x', values: ['1'], contains: ['1'] }, 'give either `values` or `contains`'],
  [{ name: 'x', values: ['1'], servers: ['a'], quorum: 2 }, '`quorum` is more than'],
  [{ name: 'x', type: 'MX', values: ['1'] }, 'type'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(dnsCheck.input.safeParse(input).error?.issues)).toContain(message);
});

test('the plan says what is expected', async () => {
  const line = await dnsCheck.plan(contextFor(dnsCheck, { name: 'api.example.test', values: ['10.2.0.9'] }));
  expect(line.summary).toBe('Check that A api.example.test is 10.2.0.9');
});
