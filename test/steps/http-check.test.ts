import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { StepResult } from '../../src/ports/step.ts';
import { httpCheck } from '../../src/steps/http-check.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { answerOf, contextFor, noon, runOnce } from '../support/step-context.ts';

let server: TestServer;
let ready: boolean;

beforeEach(async () => {
  ready = false;
  server = await serve((seen, response) => {
    if (seen.path === '/away') return json(response, {}, 302, { location: '/health' });
    if (seen.path === '/text') return response.end('all is well');
    if (seen.path === '/huge') return response.end('x'.repeat(5_000_000));
    if (seen.path.startsWith('/lost')) return response.destroy();
    json(response, { ready, secret: seen.headers.authorization ?? '' }, ready ? 200 : 503, {
      'x-colour': 'green',
    });
  });
});
afterEach(() => server.stop());

function check(path: string, more: Record<string, unknown> = {}) {
  return runOnce(httpCheck, { url: server.url + path, ...more });
}

function kept(result: StepResult): Json {
  return result.status === 'waiting' ? (result.state ?? null) : null;
}

describe('one look', () => {
  test.each<[string, Record<string, unknown>]>([
    ['/text', {}],
    ['/text', { expect: 'body.contains("well")' }],
    ['/text', { expect: 'status == 200 && body == "all is well"' }],
    ['/health', { status: 503 }],
    ['/health', { status: [200, 503], expect: 'headers["x-colour"] == "green" && !body.ready' }],
    ['/away', { status: 302 }],
    ['/away', { status: [200, 503] }],
    ['/huge', { expect: 'size(body) > 1000' }],
  ])('%s %j is right', async (path, more) => {
    expect((await check(path, more)).status).toBe('succeeded');
  });

  test('says what it saw', async () => {
    expect(await check('/health?token=hidden')).toEqual({
      status: 'failed',
      summary: `${server.url}/health?…: status 503, expected 200 to 299`,
      detail: 'It answered: {"ready":false,"secret":""}',
      retryable: true,
    });
    expect(await check('/lost?token=hidden')).toMatchObject({
      summary: expect.stringContaining('/lost?…: the connection failed'),
    });
  });

  test('says what is to be done where it is not so, and nothing of it where it is', async () => {
    const otherwise = 'Start blue instead.';
    expect(await check('/health', { otherwise })).toMatchObject({
      status: 'failed',
      detail: 'It answered: {"ready":false,"secret":""} Start blue instead.',
    });
    expect(await check('/lost', { otherwise })).toMatchObject({ detail: otherwise });
    ready = true;
    expect(JSON.stringify(await check('/health', { otherwise }))).not.toContain(otherwise);
  });

  test('headers that are to be kept have to be there, and later steps find them', async () => {
    ready = true;
    const found = await check('/health', { keepHeaders: ['X-Colour'] });
    expect(found).toMatchObject({ status: 'succeeded', output: { headers: { 'x-colour': 'green' } } });
    expect(await check('/health', { keepHeaders: ['x-colour', 'x-frame-options'] })).toMatchObject({
      status: 'failed',
      summary: `${server.url}/health: status 200, without x-frame-options`,
    });
  });

  test('a long body is cut in what later steps see', async () => {
    const result = await check('/huge');
    expect(result.status === 'succeeded' && JSON.stringify(result.output).length).toBeLessThan(2_100);
  });
});

describe('until a time is over', () => {
  const input = { within: '10s', interval: '4s' };

  test('looks again at its interval, and ends when it is so', async () => {
    const first = await check('/health', input);
    expect(first).toMatchObject({ status: 'waiting', waiting: { until: '2026-11-21T12:00:04.000Z' } });
    expect(first.status === 'waiting' && first.waiting.what).toContain('status 503');
    ready = true;
    const url = `${server.url}/health`;
    const early = await runOnce(httpCheck, { url, ...input }, { kept: kept(first), now: () => noon + 3_999 });
    expect(early.status).toBe('waiting');
    expect(server.seen).toHaveLength(1);
    const then = await runOnce(httpCheck, { url, ...input }, { kept: kept(first), now: () => noon + 4_000 });
    expect(then.status).toBe('succeeded');
  });

  test('fails with what it last saw once another look would be too late; an extension gives more', async () => {
    const url = `${server.url}/health`;
    let result = await check('/health', input);
    for (const at of [4_000, 8_000]) {
      result = await runOnce(httpCheck, { url, ...input }, { kept: kept(result), now: () => noon + at });
      if (at === 4_000) expect(result.status).toBe('waiting');
    }
    expect(result).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/^Looked 3 times in 8 s\. It answered: /),
      retryable: true,
    });
    const second = await check('/health', input);
    const answers = [answerOf('bob', 'extend', { duration: 60_000 })];
    const extended = await runOnce(
      httpCheck,
      { url, ...input },
      { kept: kept(second), answers, now: () => noon + 8_000 },
    );
    expect(extended.status).toBe('waiting');
  });

  test('several in a row: a bad one begins the count again', async () => {
    const url = `${server.url}/health`;
    const more = { ...input, within: '1m', consecutive: 2 };
    ready = true;
    let result = await check('/health', more);
    for (const [at, is] of [
      [4_000, false],
      [8_000, true],
    ] as const) {
      ready = is;
      result = await runOnce(httpCheck, { url, ...more }, { kept: kept(result), now: () => noon + at });
      expect(result.status).toBe('waiting');
    }
    const last = await runOnce(httpCheck, { url, ...more }, { kept: kept(result), now: () => noon + 12_000 });
    expect(last.status === 'succeeded' && last.summary).toContain('2 times in a row');
  });
});

test('the plan names what is right', async () => {
  const line = await httpCheck.plan(
    contextFor(httpCheck, { url: 'http://x/health', status: [200, 204], within: '2m' }),
  );
  expect(line.summary).toBe('Check http://x/health: 200 or 204, within 2 min');
});

test.each([
  [{ url: '/health' }, 'an http or https address'],
  [{ url: 'http://x/', status: 20 }, 'status'],
  [{ url: 'http://x/', expect: 'stat == 200' }, 'unknown name \\"stat\\"'],
  [{ url: 'http://x/', interval: '2 seconds' }, 'a duration such as'],
  [{ url: 'http://x/', keepHeaders: ['Set-Cookie'] }, 'a secret, which is kept nowhere'],
])('%j is refused', (input, message) => {
  expect(JSON.stringify(httpCheck.input.safeParse(input).error?.issues)).toContain(message);
});
