import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tlsCheck } from '../../src/steps/tls-check.ts';
import { contextFor, noon, runOnce } from '../support/step-context.ts';
import { certificateFor, serveTls, type TestCertificate } from '../world/servers.ts';

const day = 86_400_000;
let certificate: TestCertificate;
let server: Awaited<ReturnType<typeof serveTls>>;

/** Valid on the machine's own clock too, which decides whether the chain holds. */
const from = new Date(Date.now() - day).toISOString();
const to = new Date(Math.max(Date.now(), noon) + 400 * day).toISOString();
const leftAt = (days: number) => () => Date.parse(to) - days * day;

beforeAll(async () => {
  certificate = await certificateFor(['localhost', '*.example.test', '127.0.0.1'], from, to);
  server = await serveTls(certificate);
});
afterAll(() => server.stop());

function check(more: Record<string, unknown>, now = leftAt(100)) {
  return runOnce(tlsCheck, { host: 'localhost', port: server.port, ca: certificate.cert, ...more }, { now });
}

test('a trusted certificate that holds for long enough', async () => {
  expect(await check({ names: ['localhost', 'api.example.test'] })).toMatchObject({
    status: 'succeeded',
    summary: `The certificate of localhost:${server.port} holds for 99 days`,
    output: {
      altNames: ['localhost', '*.example.test', '127.0.0.1'],
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  });
});

test('by an address, with the name that is asked for', async () => {
  const result = await check({ host: '127.0.0.1', names: ['api.example.test'] });
  expect(result.status).toBe('succeeded');
});

test.each<[string, Record<string, unknown>, () => number, string]>([
  ['an unknown authority', { ca: undefined }, leftAt(100), 'it is not trusted: it is signed by itself'],
  [
    'a name that it lacks',
    { names: ['localhost', 'api.other.test'] },
    leftAt(100),
    'it lacks api.other.test',
  ],
  [
    'a wildcard two labels deep',
    { names: ['localhost', 'a.b.example.test'] },
    leftAt(100),
    'it lacks a.b.example.test',
  ],
  [
    'the wrong name for the host',
    { host: '127.0.0.1', names: ['other.test'] },
    leftAt(100),
    'it is not trusted: Hostname/IP',
  ],
  ['few days left', {}, leftAt(13.5), 'it expires in 13.5 days, and 14 are needed'],
  ['no days left', {}, leftAt(-1), `it expired on ${to.slice(0, 10)}`],
  ['a start in the future', {}, () => Date.parse(from) - 5_000, 'it holds only from'],
])('%s is told', async (_, more, now, message) => {
  const result = await check(more, now);
  expect(result).toMatchObject({ status: 'failed', retryable: true });
  expect(result.status === 'failed' && result.summary).toContain(message);
});

test('a server that is not there', async () => {
  const result = await runOnce(tlsCheck, { host: '127.0.0.1', port: 1 });
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('No TLS connection to 127.0.0.1:1'),
  });
});

test('an abort during the handshake ends it at once', async () => {
  const silent = createServer((socket) => socket.on('error', () => socket.destroy()));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const aborting = new AbortController();
  const connected = once(silent, 'connection');
  const running = tlsCheck.run(contextFor(tlsCheck, { host: '127.0.0.1', port }), aborting.signal);
  await connected;
  aborting.abort(new Error('rolled back'));
  await expect(running).rejects.toThrow('rolled back');
  silent.close();
});
