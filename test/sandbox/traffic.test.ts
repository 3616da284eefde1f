import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { readLedgers } from '../../sandbox/ledger.ts';
import { call, deploy, discard, sandboxForTest, until } from './support.ts';

let sandbox: Awaited<ReturnType<typeof sandboxForTest>>;
const hosts = () => `${sandbox.urls.router}/_router/hosts`;
const moveTo = (colour: string) => call('PUT', hosts(), { api: colour, app: colour });

beforeAll(async () => {
  sandbox = await sandboxForTest();
  await deploy(sandbox, 'green', 'v2.4.0');
});
beforeEach(async () => {
  await moveTo('blue');
});
afterAll(() => discard(sandbox));

async function servedBy(): Promise<string | null> {
  return (await call('GET', `${sandbox.urls.router}/orders`)).headers.get('x-served-by');
}

/** `fetch` sets the Host header itself; this asks as a client of another host. */
async function servedAs(host: string): Promise<unknown> {
  const [answer] = await once(get(`${sandbox.urls.router}/healthz`, { headers: { host } }), 'response');
  answer.resume();
  return answer.headers['x-served-by'];
}

describe('the router', () => {
  test('moves clients to the other colour', async () => {
    expect(await servedBy()).toBe('blue');
    expect(await moveTo('green')).toMatchObject({ status: 200, body: { api: 'green', app: 'green' } });
    expect(await servedBy()).toBe('green');
  });

  test('sends each host to its own colour', async () => {
    await call('PUT', hosts(), { api: 'blue', app: 'green' });
    expect(await servedAs('app.example')).toBe('green');
    expect(await servedAs('api.example')).toBe('blue');
    expect(await servedAs('elsewhere.example')).toBe('blue');
  });

  test('keeps the hardened headers on the way', async () => {
    const direct = await fetch(`${sandbox.urls.green}/healthz`);
    const routed = await fetch(`${sandbox.urls.router}/healthz`);
    const names = [
      'strict-transport-security',
      'content-security-policy',
      'x-content-type-options',
      'x-frame-options',
      'referrer-policy',
    ];
    for (const name of names) {
      expect(direct.headers.get(name), name).not.toBeNull();
      expect(routed.headers.get(name), name).toBe(direct.headers.get(name));
    }
  });

  test('moves WebSocket clients, and ends the connections that stayed behind', async () => {
    const colourSeen = async () => {
      const socket = new WebSocket(`${sandbox.urls.router.replace('http', 'ws')}/feed`);
      const [message] = await once(socket, 'message');
      return { socket, colour: JSON.parse(String(message)).colour };
    };
    const before = await colourSeen();
    expect(before.colour).toBe('blue');
    const closed = once(before.socket, 'close');
    await moveTo('green');
    await closed;
    const after = await colourSeen();
    after.socket.terminate();
    expect(after.colour).toBe('green');
  });

  test('honours If-Match, so that a change in between is noticed', async () => {
    const etag = (await call('GET', hosts())).headers.get('etag') ?? '';
    const green = { api: 'green', app: 'green' };
    expect((await call('PUT', hosts(), green, { 'if-match': etag })).status).toBe(200);
    await moveTo('blue');
    expect((await call('PUT', hosts(), green, { 'if-match': etag })).status).toBe(412);
    expect((await call('GET', hosts())).body).toEqual({ api: 'blue', app: 'blue' });
    expect((await call('PUT', hosts(), green, { 'if-match': '*' })).status).toBe(200);
  });

  test('leaves the ETag when nothing changes', async () => {
    const before = (await call('GET', hosts())).headers.get('etag');
    await moveTo('blue');
    expect((await call('GET', hosts())).headers.get('etag')).toBe(before);
  });

  test.each([
    [422, { api: 'red', app: 'blue' }, 'unknown colour "red": blue and green are known'],
    [400, { api: 'blue' }, /app/],
    [400, { api: 'blue', app: 'blue', admin: 'blue' }, /admin/],
  ])('answers %i to %j', async (status, body, error) => {
    const told = await call('PUT', hosts(), body);
    expect(told.status).toBe(status);
    expect(told.body.error).toMatch(error);
  });

  test('counts what clients saw', async () => {
    await servedBy();
    const metrics = await (await fetch(`${sandbox.urls.router}/_router/metrics`)).text();
    expect(metrics).toMatch(/router_requests_total\{host="api",colour="blue",status="200"\} \d+/);
  });
});

describe('safe mode', () => {
  const safeMode = (enabled: boolean) => call('PUT', `${sandbox.urls.blue}/safe-mode`, { enabled });
  const intent = () => call('POST', `${sandbox.urls.router}/intents`, { id: 'i-1' });

  test('stops intents and leaves reads up', async () => {
    expect((await intent()).status).toBe(202);
    await safeMode(true);
    const refused = await intent();
    expect(refused.status).toBe(503);
    expect(refused.body.reason).toBe('safe mode is on at blue: writes are frozen, reads stay up');
    expect(await servedBy()).toBe('blue');
    expect((await call('GET', `${sandbox.urls.blue}/healthz`)).body.safeMode).toBe(true);
    await safeMode(false);
    expect((await intent()).status).toBe(202);
  });

  test('is on at a colour that was just deployed', async () => {
    expect((await call('GET', `${sandbox.urls.green}/safe-mode`)).body).toEqual({ enabled: true });
  });

  test('shows in the metrics, and its refusals are no errors', async () => {
    await safeMode(true);
    await intent();
    const text = await (await fetch(`${sandbox.urls.blue}/metrics`)).text();
    await safeMode(false);
    expect(text).toMatch(/safe_mode\{colour="blue"\} 1/);
    expect(text).toMatch(/intents_rejected_total\{colour="blue"\} [1-9]/);
    expect(text).not.toMatch(/http_requests_total\{status="503"/);
  });

  test('honours If-Match', async () => {
    const url = `${sandbox.urls.blue}/safe-mode`;
    const etag = (await call('GET', url)).headers.get('etag') ?? '';
    await safeMode(true);
    await safeMode(false);
    expect((await call('PUT', url, { enabled: true }, { 'if-match': etag })).status).toBe(412);
    expect((await call('GET', url)).body).toEqual({ enabled: false });
  });
});

test('the load reads, sends intents and follows the feed', async () => {
  const url = `${sandbox.urls.supervisor}/load`;
  const before = (await call('GET', url)).body;
  await call('PUT', url, { readsPerSecond: 40, intentsPerSecond: 20 });
  const more = (name: string) => (told: { body: typeof before }) =>
    Number(told.body[name]) > Number(before[name]);
  await until(() => call('GET', url), more('ok'));
  await until(() => call('GET', url), more('feedMessages'));
  const counted = await until(
    () => call('GET', `${sandbox.urls.blue}/intents`),
    ({ body }) => Number(body.perSecond) > 1,
  );
  expect(counted.body.lastAt).toMatch(/^\d{4}-/);
  await call('PUT', url, { readsPerSecond: 0, intentsPerSecond: 0 });
  const traffic = (await readLedgers(sandbox.dataDir)).filter(({ path }) => path === '/intents');
  expect(traffic).toEqual([]);
});
