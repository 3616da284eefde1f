import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { call, discard, sandboxForTest, until } from './support.ts';

let sandbox: Awaited<ReturnType<typeof sandboxForTest>>;
const faults = (body: unknown) => call('PUT', `${sandbox.urls.supervisor}/faults/blue`, body);
const orders = () => fetch(`${sandbox.urls.router}/orders`);
const metrics = async () => (await fetch(`${sandbox.urls.blue}/metrics`)).text();

beforeAll(async () => {
  sandbox = await sandboxForTest();
});
afterEach(async () => {
  await call('DELETE', `${sandbox.urls.supervisor}/faults`);
});
afterAll(() => discard(sandbox));

test('errors reach clients and the metrics, while health stays up', async () => {
  await faults({ errors: 1 });
  expect((await orders()).status).toBe(500);
  expect(await metrics()).toMatch(/http_requests_total\{status="500",colour="blue"\} 1/);
  expect((await fetch(`${sandbox.urls.blue}/healthz`)).status).toBe(200);
  await call('DELETE', `${sandbox.urls.supervisor}/faults`);
  expect((await orders()).status).toBe(200);
});

test('latency shows in the histogram', async () => {
  await faults({ latencyMs: 120 });
  const started = performance.now();
  await orders();
  expect(performance.now() - started).toBeGreaterThan(120);
  const text = await metrics();
  const upTo = (le: string) => {
    const line = text
      .split('\n')
      .find((each) => each.includes(`bucket{le="${le}"`) && each.includes('="200"'));
    return Number(line?.split(' ').at(-1));
  };
  expect(upTo('+Inf')).toBeGreaterThan(upTo('0.1'));
});

test('no data: the metrics are missing, the service is not', async () => {
  await faults({ noData: true });
  expect((await fetch(`${sandbox.urls.blue}/metrics`)).status).toBe(503);
  expect((await orders()).status).toBe(200);
});

test('a wrong fault is refused with what is wrong', async () => {
  const told = await faults({ errors: 7 });
  expect(told.status).toBe(400);
  expect(told.body.error).toMatch(/errors/);
});

test('faults of a colour that is not deployed are refused', async () => {
  const told = await call('PUT', `${sandbox.urls.supervisor}/faults/green`, { errors: 1 });
  expect(told).toMatchObject({ status: 409, body: { error: 'green is not deployed' } });
});

test('a crashed colour is gone for clients, keeps its state, and comes back by itself', async () => {
  await call('PUT', `${sandbox.urls.blue}/safe-mode`, { enabled: true });
  expect((await call('POST', `${sandbox.urls.supervisor}/faults/blue/crash`)).status).toBe(202);
  const gone = await until(
    () => call('GET', `${sandbox.urls.router}/orders`),
    ({ status }) => status === 502,
  );
  expect(gone.body.reason).toMatch(/^blue does not answer \(ECONN(REFUSED|RESET)\)$/);
  const deployment = `${sandbox.urls.supervisor}/deployments/blue`;
  const down = await until(
    () => call('GET', deployment),
    ({ body }) => body.ready === false,
  );
  expect(down.body.version).toBe('v1.0.0');
  await until(
    () => call('GET', deployment),
    ({ body }) => body.ready === true,
  );
  expect((await call('GET', `${sandbox.urls.blue}/safe-mode`)).body).toEqual({ enabled: true });
});
