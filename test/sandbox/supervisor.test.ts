import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LedgerEntry, readLedgers } from '../../sandbox/ledger.ts';
import { call, deploy, discard, sandboxForTest, until } from './support.ts';

let sandbox: Awaited<ReturnType<typeof sandboxForTest>>;
const supervisor = (path: string) => `${sandbox.urls.supervisor}${path}`;
const by = (epoch: number, rollout = 'sandbox-1') => ({
  'cutover-rollout': rollout,
  'cutover-epoch': String(epoch),
  'cutover-step': 'flip',
  'idempotency-key': `${rollout}/flip/1`,
});
async function entries(wanted: Partial<LedgerEntry>): Promise<LedgerEntry[]> {
  const all = await readLedgers(sandbox.dataDir);
  return all.filter((entry) =>
    Object.entries(wanted).every(([key, value]) => Reflect.get(entry, key) === value),
  );
}

beforeAll(async () => {
  sandbox = await sandboxForTest();
});
afterAll(() => discard(sandbox));

describe('deployments', () => {
  test('blue is live and green is absent at first', async () => {
    const { body } = await call('GET', supervisor('/deployments'));
    expect(body).toEqual({ blue: { version: 'v1.0.0', ready: true, port: expect.any(Number) }, green: null });
    const absent = await call('GET', supervisor('/deployments/green'));
    expect(absent.body).toMatchObject({ version: null, ready: false });
  });

  test('no host moves to a colour that is not deployed', async () => {
    const told = await call('PUT', `${sandbox.urls.router}/_router/hosts`, { api: 'green', app: 'blue' });
    expect(told).toMatchObject({ status: 409, body: { error: 'green is not deployed' } });
  });

  test('the same version again has no effect; another replaces the process', async () => {
    await deploy(sandbox, 'green', 'v2.3.0');
    const before = sandbox.pids();
    expect((await call('PUT', supervisor('/deployments/green'), { version: 'v2.3.0' })).status).toBe(200);
    expect(sandbox.pids()).toEqual(before);
    await deploy(sandbox, 'green', 'v2.4.0');
    expect((await call('GET', `${sandbox.urls.green}/healthz`)).body.version).toBe('v2.4.0');
    const effects = await entries({ service: 'supervisor', path: '/deployments/green', kind: 'effect' });
    expect(effects.map(({ body }) => body)).toEqual([{ version: 'v2.3.0' }, { version: 'v2.4.0' }]);
  });

  test('of two changes at once the last one stands', async () => {
    const put = (version: string) => call('PUT', supervisor('/deployments/green'), { version });
    await put('v3.0.0');
    await put('v3.0.1');
    const ready = () => call('GET', `${sandbox.urls.supervisor}/deployments/green`);
    await until(ready, ({ body }) => body.ready === true);
    expect((await call('GET', `${sandbox.urls.green}/healthz`)).body.version).toBe('v3.0.1');
  });

  test('a colour with traffic is not removed; an idle one is', async () => {
    const refused = await call('DELETE', supervisor('/deployments/blue'));
    expect(refused).toMatchObject({
      status: 409,
      body: { error: 'the router sends traffic to blue: move the hosts first' },
    });
    const pids = sandbox.pids().length;
    expect((await call('DELETE', supervisor('/deployments/green'))).status).toBe(200);
    await until(
      async () => sandbox.pids().length,
      (count) => count === pids - 1,
    );
    expect((await call('GET', supervisor('/deployments'))).body.green).toBeNull();
  });

  test('a colour that there is not is refused with those that there are', async () => {
    const told = await call('PUT', supervisor('/deployments/red'), { version: 'v1.0.0' });
    expect(told).toMatchObject({ status: 404, body: { error: 'no colour "red": blue and green are known' } });
  });
});

test('a migration that is run twice is seen to have run twice', async () => {
  const run = () => call('POST', supervisor('/migrations'), { name: 'orders-index' });
  expect((await call('GET', supervisor('/migrations/orders-index'))).body).toEqual({
    name: 'orders-index',
    runs: 0,
  });
  await run();
  expect((await run()).body).toEqual({ name: 'orders-index', runs: 2 });
  expect(await entries({ path: '/migrations', kind: 'effect' })).toHaveLength(2);
});

describe('fencing', () => {
  const targets = [
    ['router', () => `${sandbox.urls.router}/_router/hosts`, { api: 'blue', app: 'blue' }],
    ['supervisor', () => supervisor('/load'), { readsPerSecond: 0, intentsPerSecond: 0 }],
    ['blue', () => `${sandbox.urls.blue}/safe-mode`, { enabled: false }],
  ] as const;

  test.each(targets)('%s refuses a worker that lost its lease', async (service, url, body) => {
    const put = (epoch: number, rollout: string) => call('PUT', url(), body, by(epoch, rollout));
    const rollout = `fenced-${service}`;
    expect((await put(4, rollout)).status).toBe(200);
    expect((await put(4, rollout)).status).toBe(200);
    expect(await put(3, rollout)).toMatchObject({ status: 409, body: { error: 'stale epoch' } });
    expect((await put(1, `${rollout}-other`)).status).toBe(200);
    const statuses = (await entries({ service, rollout, kind: 'call' })).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 409]);
  });

  test('a read of the new worker is enough to keep the old one out', async () => {
    const url = `${sandbox.urls.router}/_router/hosts`;
    const move = (epoch: number) => call('PUT', url, { api: 'blue', app: 'blue' }, by(epoch, 'read-first'));
    expect((await move(1)).status).toBe(200);
    await call('GET', url, undefined, by(2, 'read-first'));
    expect((await move(1)).status).toBe(409);
    expect((await move(2)).status).toBe(200);
  });

  test('an epoch that is no number is refused', async () => {
    const headers = { ...by(1), 'cutover-epoch': 'new' };
    expect((await call('PUT', `${sandbox.urls.blue}/safe-mode`, { enabled: false }, headers)).status).toBe(
      400,
    );
  });
});

test('the ledger tells calls from effects, and who made them', async () => {
  const url = `${sandbox.urls.blue}/safe-mode`;
  const headers = by(9, 'ledger-1');
  await call('PUT', url, { enabled: true }, headers);
  await call('PUT', url, { enabled: true }, headers);
  await call('PUT', url, { enabled: false });
  const told = await entries({ service: 'blue', rollout: 'ledger-1' });
  expect(told.map(({ kind }) => kind)).toEqual(['effect', 'call', 'call']);
  expect(told[0]).toEqual({
    at: expect.stringMatching(/^\d{4}-/),
    service: 'blue',
    kind: 'effect',
    method: 'PUT',
    path: '/safe-mode',
    body: { enabled: true },
    rollout: 'ledger-1',
    epoch: 9,
    step: 'flip',
    key: 'ledger-1/flip/1',
    status: 200,
  });
});
