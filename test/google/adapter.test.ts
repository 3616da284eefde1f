import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { googleZones } from '../../src/adapters/dns/google.ts';
import { googleCloud } from '../../src/adapters/google/cloud.ts';
import { endpointOf } from '../../src/adapters/google/connection.ts';
import { googleToken } from '../../src/adapters/google/token.ts';
import { createWorld } from '../../src/compose/world.ts';
import { policySchema } from '../../src/core/policy/schema.ts';
import { type GoogleForTest, googleForTest, project, region } from './double.ts';

const own = {};

describe('where Google’s APIs are asked', () => {
  const compute = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE';
  const run = 'CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN';
  it.each([
    ['Google’s own', 'run', own, {}, 'https://run.googleapis.com/v2'],
    ['Google’s own', 'compute', own, {}, 'https://compute.googleapis.com/compute/v1'],
    ['as gcloud is told', 'run', own, { [run]: 'http://localhost:1/' }, 'http://localhost:1/v2'],
    [
      'with the version',
      'compute',
      own,
      { [compute]: 'http://127.0.0.1:1/compute/v1/' },
      'http://127.0.0.1:1/compute/v1',
    ],
    [
      'the connection’s first',
      'run',
      { endpoint: 'https://x.test' },
      { [run]: 'http://localhost:1/' },
      'https://x.test/v2',
    ],
  ] as const)('%s (%s)', (_, api, connection, env, expected) => {
    expect(endpointOf(api, connection, env)).toBe(expected);
  });

  it('never over plain HTTP to another machine, where the token would be read', () => {
    expect(() => endpointOf('run', own, { [run]: 'http://run.example/' })).toThrow(
      'run.example is asked over plain HTTP, which is done on this machine alone',
    );
  });

  it('refuses a connection that can’t be meant, in words', () => {
    const dependencies = { fetch, env: {}, secret: async () => undefined, token: googleToken() };
    expect(() => googleCloud({ kind: 'google', project: 'Sapphire', region }, dependencies)).toThrow(
      'the connection to Google Cloud is not set up well (project: the id of a project)',
    );
  });

  it('sends no real token to this machine’s own address', async () => {
    expect(await googleToken()(new URL('http://127.0.0.1:1/'))).toBe('loopback');
  });

  it('keeps a token until it is refused, and reads the credentials anew then', async () => {
    let loads = 0;
    const token = googleToken(async () => {
      loads += 1;
      const made = `token-${loads}`;
      return async () => made;
    });
    const there = new URL('https://run.googleapis.com/v2');
    expect(await token(there)).toBe('token-1');
    expect(await token(there)).toBe('token-1');
    expect(await token(there, 'token-1')).toBe('token-2');
    expect(await token(there, 'token-1')).toBe('token-2');
    expect(loads).toBe(2);
  });
});

describe('the real world', () => {
  let google: GoogleForTest;
  beforeEach(async () => {
    google = await googleForTest({ token: undefined });
  });
  afterEach(() => google.stop());

  it('reaches the double by gcloud’s variable, under the rollout’s name', async () => {
    const world = createWorld({
      env: { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: `${google.url}/` },
      policy: () => policySchema.parse({}),
      secret: async () => undefined,
    });
    const caller = { rollout: 'sapphire-7', step: 'shift', epoch: 4 };
    const { run } = world.google({ kind: 'google', project, region }, caller);
    const service = await run.service('api', new AbortController().signal);
    expect(service).toMatchObject({ state: 'ready', serving: [{ revision: 'api-00001-abc', percent: 100 }] });
    const [seen] = google.seen;
    expect(seen?.headers['user-agent']).toMatch(/^cutover\/\S+ \(sapphire-7; step shift; epoch 4\)$/);
    expect(seen?.headers.authorization).toBe('Bearer loopback');
  });

  it('asks for zones, objects and images under the rollout’s name too', async () => {
    const world = createWorld({
      env: { STORAGE_EMULATOR_HOST: google.url },
      policy: () => policySchema.parse({}),
      secret: async () => undefined,
    });
    const caller = { rollout: 'sapphire-7', step: 'shift', epoch: 4 };
    const { signal } = new AbortController();
    const dns = { kind: 'google-dns', project, zone: 'main', endpoint: `${google.url}/dns/v1/` };
    expect((await world.zones(dns, caller).zone(signal)).apex).toBe('sapphire.test');
    const archive = world.artifacts({ kind: 'gcs', bucket: 'rollouts' }, caller);
    await expect(archive.put('a', new Uint8Array([1]), 'text/plain', signal)).rejects.toThrow();
    const images = world.images({ kind: 'oci', registry: google.url }, caller);
    await images.find('sapphire/app/api', 'v1.4.0', signal).catch(() => undefined);
    const agents = google.seen.map(({ headers }) => headers['user-agent']);
    expect(agents).toHaveLength(3);
    for (const agent of agents) expect(agent).toMatch(/^cutover\/\S+ \(sapphire-7; step shift; epoch 4\)$/);
  });

  it('waits as long as it is told to, and repeats a read', async () => {
    const pauses: number[] = [];
    const { run } = googleCloud(google.connection, {
      fetch,
      env: {},
      secret: async () => undefined,
      token: googleToken(),
      pause: async (milliseconds) => void pauses.push(milliseconds),
    });
    google.disturb({
      rules: [
        { path: '/services/', times: 1, delayMs: 0, status: 429, retryAfter: '3' },
        { path: '/services/', times: 2, delayMs: 0, status: 503 },
      ],
    });
    expect((await run.service('api', new AbortController().signal)).name).toBe('api');
    expect(pauses[0]).toBe(3_000);
    expect(pauses.slice(1).every((each) => each >= 250 && each <= 12_000)).toBe(true);
    expect(pauses).toHaveLength(3);
  });

  it('takes a change for done only once Cloud Run has looked at the generation that it asked for', async () => {
    const { run } = googleCloud(google.connection, {
      fetch,
      env: {},
      secret: async () => undefined,
      token: googleToken(),
    });
    const state = async () => (await run.service('api', new AbortController().signal)).state;
    const service = google.service();
    expect(await state()).toBe('ready');
    service.generation += 1;
    expect([service.reconciling, await state()]).toEqual([false, 'changing']);
    service.observedGeneration = service.generation;
    expect(await state()).toBe('ready');
    service.terminalCondition = { ...service.terminalCondition, state: 'CONDITION_FAILED' };
    expect(await state()).toMatchObject({ failed: expect.any(String) });
    service.reconciling = true;
    expect(await state()).toBe('changing');
  });

  it('takes a 403 for a reason to wait where it came too fast, and for a refusal where it may not', async () => {
    const pauses: number[] = [];
    const { balancing } = googleCloud(google.connection, {
      fetch,
      env: {},
      secret: async () => undefined,
      token: googleToken(),
      pause: async (milliseconds) => void pauses.push(milliseconds),
    });
    const read = () => balancing.proxy('front', new AbortController().signal);
    const rule = { path: '/targetHttpsProxies/', times: 2, delayMs: 0, status: 403 };
    google.disturb({ rules: [{ ...rule, reason: 'rateLimitExceeded' }] });
    expect((await read()).certificates).toEqual(['aster-cert']);
    expect(pauses).toHaveLength(2);
    google.disturb({ rules: [{ ...rule, reason: 'forbidden' }] });
    await expect(read()).rejects.toMatchObject({ reason: 'refused' });
    expect(pauses).toHaveLength(2);
  });

  it('pauses longer each time, and never just as long as another worker', async () => {
    const pausesOf = async () => {
      const pauses: number[] = [];
      const { run } = googleCloud(google.connection, {
        fetch,
        env: {},
        secret: async () => undefined,
        token: googleToken(),
        pause: async (milliseconds) => void pauses.push(milliseconds),
      });
      google.disturb({ rules: [{ path: '/services/', times: 3, delayMs: 0, status: 503 }] });
      await run.service('api', new AbortController().signal);
      return pauses;
    };
    const [one, other] = [await pausesOf(), await pausesOf()];
    for (const [index, pause] of [...one, ...other].entries()) {
      const middle = 500 * 2 ** (index % 3);
      expect(pause).toBeGreaterThanOrEqual(middle / 2);
      expect(pause).toBeLessThanOrEqual(middle * 1.5);
    }
    expect(one).not.toEqual(other);
  });

  const check = { title: 'Sapphire', host: 'api.sapphire.test', path: '/', period: 60 };
  const calm = new AbortController().signal;
  const patient = { fetch, env: {}, secret: async () => undefined, token: googleToken() };

  it('makes a change again that was not taken up for there being too many, as long as it is told to wait', async () => {
    const pauses: number[] = [];
    const { monitoring } = googleCloud(google.connection, {
      ...patient,
      pause: async (milliseconds) => void pauses.push(milliseconds),
    });
    google.disturb({
      rules: [{ method: 'POST', path: '/uptime', times: 3, delayMs: 0, status: 429, retryAfter: '2' }],
    });
    await monitoring.uptimeChecks.create('ours', check, calm);
    expect(pauses).toEqual([2_000, 2_000, 2_000]);
    expect(google.effects()).toHaveLength(1);
    google.disturb({
      rules: [{ method: 'POST', path: '/uptime', times: 1, delayMs: 0, status: 503 }],
    });
    const doubt = { reason: 'doubtful', message: expect.stringContaining('answered 503') };
    await expect(monitoring.uptimeChecks.create('other', check, calm)).rejects.toMatchObject(doubt);
    expect(google.effects()).toHaveLength(1);
  });

  it('calls once more under a new token where its own is no longer taken, for reads, changes and DNS', async () => {
    const strict = await googleForTest({ token: 'new' });
    try {
      const asked: (string | undefined)[] = [];
      const given = (next: string) => ({
        ...patient,
        token: async (_: URL, refused?: string) => {
          asked.push(refused);
          return refused === undefined ? 'old' : next;
        },
      });
      const { run, monitoring } = googleCloud(strict.connection, given('new'));
      expect((await run.service('api', calm)).name).toBe('api');
      await monitoring.uptimeChecks.create('ours', check, calm);
      const dns = { kind: 'google-dns', project, zone: 'main', endpoint: `${strict.url}/dns/v1/` };
      expect((await googleZones(dns, given('new')).zone(calm)).apex).toBe('sapphire.test');
      expect(asked).toEqual([undefined, 'old', undefined, 'old', undefined, 'old']);
      expect(strict.effects()).toHaveLength(1);
      const still = googleCloud(strict.connection, given('also old'));
      const refusal = { reason: 'refused', message: expect.stringContaining('Cloud Run answered 401') };
      await expect(still.run.service('api', calm)).rejects.toMatchObject(refusal);
    } finally {
      await strict.stop();
    }
  });
});
