import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { websocketCheck } from '../../src/steps/websocket-check.ts';
import { contextFor, runOnce } from '../support/step-context.ts';

let server: WebSocketServer;
let url: string;
let authorization: string | undefined;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) => {
    authorization = request.headers.authorization;
    if (request.url === '/silent') return;
    if (request.url === '/huge') return socket.send('x'.repeat(2_000_000));
    for (const price of [1, 2, 3]) socket.send(JSON.stringify({ price }));
    socket.send('bye');
    if (request.url === '/short') socket.close();
  });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const client of server.clients) client.terminate();
  server.close();
});

test('counts messages, and closes the connection', async () => {
  const result = await runOnce(websocketCheck, { url, messages: 3, headers: { authorization: 'Bearer x' } });
  expect(result).toEqual({
    status: 'succeeded',
    summary: `${url}: 3 messages came`,
    output: { last: '{"price":3}' },
  });
  expect(authorization).toBe('Bearer x');
  await expect.poll(() => server.clients.size).toBe(0);
});

test('only the expected messages count', async () => {
  expect((await runOnce(websocketCheck, { url, expect: 'json.price == 3' })).status).toBe('succeeded');
  expect((await runOnce(websocketCheck, { url, expect: 'message == "bye"' })).status).toBe('succeeded');
});

test.each([
  ['/silent', { within: '100ms' }, '0 of 1 messages, not more within 100 ms', 'Nothing came.'],
  [
    '/short',
    { messages: 9, within: '30s' },
    '4 of 9 messages, then the server closed the connection',
    'The last message: bye',
  ],
  [
    '/',
    { expect: 'json.price > 3', within: '2s' },
    '0 of 1 messages, not more within',
    'The last message: bye',
  ],
])('%s %j is told', async (path, more, summary, detail) => {
  const result = await runOnce(websocketCheck, { url: url + path, ...more });
  expect(result).toMatchObject({ status: 'failed', detail, retryable: true });
  expect(result.status === 'failed' && result.summary).toContain(summary);
});

test('a message that is too large ends it', async () => {
  const result = await runOnce(websocketCheck, { url: `${url}/huge` });
  expect(result).toMatchObject({
    status: 'failed',
    summary: expect.stringContaining('Max payload size exceeded'),
  });
});

test('a server that is not there', async () => {
  const result = await runOnce(websocketCheck, { url: 'ws://127.0.0.1:1' });
  expect(result).toMatchObject({ status: 'failed', summary: expect.stringContaining('ECONNREFUSED') });
});

test('an abort ends it at once, and the connection with it', async () => {
  const aborting = new AbortController();
  const running = websocketCheck.run(contextFor(websocketCheck, { url: `${url}/silent` }), aborting.signal);
  await once(server, 'connection');
  aborting.abort(new Error('rolled back'));
  await expect(running).rejects.toThrow('rolled back');
  await expect.poll(() => server.clients.size).toBe(0);
});

test('the plan says how much and how long', async () => {
  const { summary } = await websocketCheck.plan(
    contextFor(websocketCheck, { url: 'wss://x/feed', messages: 2 }),
  );
  expect(summary).toBe('Listen to wss://x/feed: 2 messages within 10 s');
});
