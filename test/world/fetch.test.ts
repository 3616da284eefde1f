import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetch } from '../../src/adapters/world/fetch.ts';
import { exchange } from '../../src/steps/http/exchange.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { certificateFor } from './servers.ts';

const fetch = createFetch('cutover/1');
const { signal } = new AbortController();
let server: TestServer;

beforeEach(async () => {
  server = await serve((seen, response) => {
    if (seen.path === '/never') return;
    if (seen.path === '/none') response.writeHead(204).end();
    else if (seen.path === '/drip') response.writeHead(200).write('begun');
    else if (seen.path === '/zip') packed(response);
    else json(response, { host: seen.headers.host, agent: seen.headers['user-agent'], body: seen.body });
  });
});
afterEach(() => server.stop());

function packed(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.end(gzipSync('{"zipped":true}'));
}

test('says who asks', async () => {
  const { body } = await exchange(fetch, { method: 'GET', url: server.url }, signal);
  expect(body).toMatchObject({ agent: 'cutover/1', host: `127.0.0.1:${server.port}` });
});

test('asks for another host at this address', async () => {
  const request = { method: 'POST', url: server.url, headers: { host: 'api.example.test' }, body: 'hello' };
  expect((await exchange(fetch, request, signal)).body).toEqual({
    host: 'api.example.test',
    agent: 'cutover/1',
    body: 'hello',
  });
  const none = { method: 'GET', url: `${server.url}/none`, headers: { host: 'x' } };
  expect((await exchange(fetch, none, signal)).status).toBe(204);
});

test('over TLS the host is the name that the certificate has to carry', async () => {
  const day = 86_400_000;
  const now = Date.now();
  const made = await certificateFor(
    ['other.test'],
    new Date(now - day).toISOString(),
    new Date(now + day).toISOString(),
  );
  const secure = createServer(made, (_, response) => response.end('ok'));
  secure.on('tlsClientError', () => undefined);
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
  const asked = exchange(fetch, { method: 'GET', url, headers: { host: 'other.test' } }, signal);
  await expect(asked).rejects.toThrow('DEPTH_ZERO_SELF_SIGNED_CERT');
  secure.close();
});

test('reads what is packed', async () => {
  const { body } = await exchange(fetch, { method: 'GET', url: `${server.url}/zip` }, signal);
  expect(body).toEqual({ zipped: true });
});

test.each([
  ['/never', {}],
  ['/drip', {}],
  ['/never', { host: 'x' }],
  ['/drip', { host: 'x' }],
])('%s %j: a limit, and an abort, end it', async (path, headers: Record<string, string>) => {
  const request = { method: 'GET', url: server.url + path, headers };
  const slow = exchange(fetch, { ...request, timeout: 50 }, signal);
  await expect(slow).rejects.toThrow('no answer within 50 ms');
  const aborting = new AbortController();
  const running = exchange(fetch, request, aborting.signal);
  await expect.poll(() => server.seen.length).toBe(2);
  aborting.abort(new Error('rolled back'));
  await expect(running).rejects.toThrow('rolled back');
});

test.each([{}, { host: 'x' }])(
  'with %j a server that is not there was certainly never asked',
  async (headers) => {
    const gone = await serve(() => undefined);
    await gone.stop();
    const asked = exchange(fetch, { method: 'GET', url: gone.url, headers: { ...headers } }, signal);
    await expect(asked).rejects.toMatchObject({
      name: 'NoAnswer',
      sent: false,
      why: 'the connection was refused',
    });
  },
);
