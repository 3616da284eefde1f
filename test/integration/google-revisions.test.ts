import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { byRevision, call, servicePath } from '../google/client.ts';
import { badImage, newImage, seed, token } from '../google/double.ts';
import { type GoogleProcess, startGoogleProcess } from '../support/google-process.ts';
import { until } from '../support/until.ts';

const first = 'api-00001-abc';
const template = (revision: string, image: string, version: string) => ({
  revision,
  containers: [{ image, env: [{ name: 'VERSION', value: version }] }],
});
const share = (revision: string, percent: number, tag?: string) => ({
  type: byRevision,
  revision,
  percent,
  ...(tag === undefined ? {} : { tag }),
});

describe('revisions as processes', () => {
  let google: GoogleProcess;
  beforeAll(async () => {
    google = await startGoogleProcess(seed, token, { processes: true });
    await answering('/run/api/healthz');
  }, 30_000);
  afterAll(() => google?.stop());

  const answering = (path: string) =>
    until(`an answer of ${path}`, async () => {
      const answer = await fetch(`${google.url}${path}`);
      return answer.ok && answer.headers.get('x-served-by') !== null ? answer : false;
    });
  const patch = async (mask: string, body: object) => {
    expect((await call(google.url, 'PATCH', `${servicePath}?updateMask=${mask}`, body)).error).toBe('');
    await until('the change to be in force', async () => {
      const { body: service } = await call(google.url, 'GET', servicePath);
      return service.reconciling === false;
    });
  };
  const servedBy = async (path: string): Promise<string> =>
    (await fetch(`${google.url}${path}`)).headers.get('x-served-by') ?? 'nobody';

  it('are reached by their tag before they get traffic, and by their share then', async () => {
    const traffic = [share(first, 100), { type: byRevision, revision: 'api-two', tag: 'next' }];
    await patch('template,traffic', { template: template('api-two', newImage, 'v2.0.0'), traffic });
    expect(await (await fetch(`${google.url}/run/next---api/healthz`)).json()).toMatchObject({
      version: 'v2.0.0',
    });
    expect(await servedBy('/run/api/healthz')).toBe(first);
    await patch('traffic', { traffic: [share('api-two', 10), share(first, 90)] });
    const served: string[] = [];
    for (let count = 0; count < 100; count += 1) served.push(await servedBy('/run/api/healthz'));
    expect(served.filter((name) => name === 'api-two')).toHaveLength(10);
    expect(served.filter((name) => name === first)).toHaveLength(90);
  });

  it('let the feed through', async () => {
    const socket = new WebSocket(`${google.url.replace('http', 'ws')}/run/api/feed`);
    const [message] = await once(socket, 'message');
    expect(JSON.parse(String(message))).toMatchObject({ seq: expect.any(Number) });
    socket.close();
  });

  it('are closed to all but the load balancer by their ingress', async () => {
    await patch('ingress', { ingress: 'INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER' });
    expect((await fetch(`${google.url}/run/api/healthz`)).status).toBe(404);
    expect((await fetch(`${google.url}/lb/api/healthz`)).status).toBe(200);
    await patch('ingress', { ingress: 'INGRESS_TRAFFIC_ALL' });
  });

  it('can be bad ones that fail requests, and run again after the double was killed', async () => {
    await call(google.url, 'PUT', '/_faults', { errors: { '333': 1 } });
    const traffic = [share(first, 100), { type: byRevision, revision: 'api-bad', tag: 'bad' }];
    await patch('template,traffic', { template: template('api-bad', badImage, 'v3.0.0'), traffic });
    expect((await fetch(`${google.url}/run/bad---api/orders`)).status).toBe(500);
    expect((await fetch(`${google.url}/run/api/orders`)).status).toBe(200);
    await google.restart();
    await answering('/run/api/healthz');
  });
});
