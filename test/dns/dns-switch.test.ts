import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { dnsSwitch } from '../../src/steps/dns-switch.ts';
import { googleDnsDouble } from '../doubles/google-dns.ts';
import { linodeDouble } from '../doubles/linode.ts';
import type { Failing, PublishedRecord } from '../doubles/zone.ts';
import type { TestServer } from '../support/http-server.ts';
import { contextFor, noon, type TestContext } from '../support/step-context.ts';
import { serveNames } from '../world/servers.ts';

const apex = 'aether.example';
const blue = { name: 'api.aether.example', type: 'A', values: ['10.2.0.7'] };
const green = { ...blue, values: ['10.2.0.9'] };
const seconds = (count: number) => count * 1_000;

type Names = Awaited<ReturnType<typeof serveNames>>;
interface Service extends TestServer, Failing {
  zone(): PublishedRecord[];
}
interface Scene {
  service: Service;
  connection: { kind: string };
  /** Somebody else changes the record at the service. */
  meddle(): void;
}

let scene: Scene;
let authority: Names;
let resolver: Names;
let time: number;

beforeEach(async () => {
  time = noon;
  authority = await serveNames({});
  resolver = await serveNames({ 'api.aether.example': ['10.2.0.7'] });
});
afterEach(async () => {
  await Promise.all([scene.service.stop(), authority.stop(), resolver.stop()]);
});

async function linode(): Promise<Scene> {
  const service = await linodeDouble({ zone: apex, token: 'value of LINODE' });
  service.add('api', '10.2.0.7', 300);
  service.add('mail', '10.9.9.9', 300);
  const connection = {
    kind: 'linode-dns',
    zone: apex,
    token: '${{ secrets.LINODE }}',
    endpoint: service.url,
  };
  const meddle = () => {
    for (const record of service.records) if (record.name === 'api') record.target = '10.6.6.6';
  };
  return { service, connection, meddle };
}

async function google(): Promise<Scene> {
  const service = await googleDnsDouble({ project: 'aether', zone: 'main', apex, token: 'google-token' });
  service.add('api.aether.example', ['10.2.0.7'], 300);
  service.add('mail.aether.example', ['10.9.9.9'], 300);
  const endpoint = `${service.url}/dns/v1/`;
  const connection = { kind: 'google-dns', project: 'aether', zone: 'main', endpoint };
  return { service, connection, meddle: () => service.add('api.aether.example', ['10.6.6.6'], 300) };
}

/** The name servers learn what the service holds, as they do after a while. */
function publish(): void {
  for (const name of Object.keys(authority.zone)) delete authority.zone[name];
  for (const { name, value, ttl } of scene.service.zone()) {
    authority.ttls[name] = ttl;
    authority.zone[name] = [...(authority.zone[name] ?? []), value];
  }
}

interface Given {
  input: object;
  kept?: Json;
  captured?: Json;
  capturing?: boolean;
  attempt?: number;
}

function contextOf({ input, ...options }: Given): TestContext<never> {
  const given = { connection: 'dns', servers: [authority.server], ...input };
  const connections = { dns: scene.connection };
  return contextFor(dnsSwitch, given, { ...options, connections, now: () => time }) as TestContext<never>;
}

const signal = () => new AbortController().signal;

async function run(given: Given) {
  const context = contextOf(given);
  const result = await dnsSwitch.run(context, signal());
  return { result, kept: result.status === 'waiting' ? (result.state as Json) : null, context };
}

const stored = () => scene.service.zone().filter(({ name }) => name === 'api.aether.example');

describe.each([
  ['Linode', linode],
  ['Cloud DNS', google],
])('dns.switch at %s', (_, open) => {
  beforeEach(async () => {
    scene = await open();
    publish();
  });

  it('captures, changes, waits for name servers, for the old TTL and for resolvers, and says what holds', async () => {
    const input = { records: [green], resolvers: [resolver.server], within: '10m' };
    const first = await run({ input, capturing: true });
    expect(first.context.captures).toEqual([{ records: [{ ...blue, ttl: 300 }] }]);
    expect(first.context.tails).toEqual([
      'api.aether.example A: 10.2.0.7 (TTL 5 min) → 10.2.0.9 (TTL 5 min)',
    ]);
    expect(first.result).toMatchObject({
      status: 'waiting',
      waiting: { what: expect.stringContaining('0 of 1 authoritative name servers give the new answer') },
    });
    publish();
    time += seconds(10);
    const drained = await run({ input, kept: first.kept });
    expect(drained.result).toMatchObject({
      waiting: {
        until: new Date(noon + seconds(310)).toISOString(),
        what: expect.stringContaining('clients may still use the old one until 2026-11-21 12:05 UTC'),
      },
    });
    time = noon + seconds(310);
    const asking = await run({ input, kept: drained.kept });
    expect(asking.result).toMatchObject({
      waiting: { what: expect.stringContaining('0 of 1 resolvers give the new answer') },
    });
    resolver.zone['api.aether.example'] = ['10.2.0.9'];
    time += seconds(10);
    expect((await run({ input, kept: asking.kept })).result).toEqual({
      status: 'succeeded',
      summary: 'api.aether.example → 10.2.0.9 · 1 of 1 name servers agree · 1 of 1 resolvers agree',
      output: {
        records: [{ ...green, ttl: 300 }],
        oldTtlSeconds: 300,
        answeredSince: new Date(noon + seconds(10)).toISOString(),
      },
    });
    expect(stored()).toMatchObject([{ value: '10.2.0.9', ttl: 300 }]);
    expect(scene.service.mutations()).toHaveLength(1);
  });

  it('lowers the TTL ahead, and what was captured then is put back exactly', async () => {
    const lowered = await run({
      input: { records: [{ name: blue.name, ttl: '2m' }] },
      capturing: true,
    });
    expect(stored()).toMatchObject([{ value: '10.2.0.7', ttl: 120 }]);
    expect(lowered.result).toMatchObject({
      waiting: { what: expect.stringContaining('still gives api.aether.example a TTL of 300 s') },
    });
    publish();
    time += seconds(10);
    const drained = await run({ input: { records: [{ name: blue.name, ttl: '2m' }] }, kept: lowered.kept });
    expect(drained.result).toMatchObject({
      waiting: { until: new Date(noon + seconds(310)).toISOString() },
    });
    await run({ input: { records: [green] }, capturing: true });
    expect(stored()).toMatchObject([{ value: '10.2.0.9', ttl: 120 }]);
    publish();
    const [restore] = lowered.context.captures;
    const back = await run({ input: { restore, follow: true } });
    expect(stored()).toMatchObject([{ value: '10.2.0.7', ttl: 300 }]);
    expect(back.result.status).toBe('waiting');
    publish();
    time += seconds(10);
    expect((await run({ input: { restore, follow: true }, kept: back.kept })).result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining(
        'api.aether.example → 10.2.0.7 · 1 of 1 name servers agree · clients may still use the answer before until 2026-11-21 12:02 UTC: keep that side up',
      ),
    });
  });

  it('puts back at once and holds nothing up: until when the old answer may be used is told', async () => {
    const { context } = await run({ input: { records: [{ ...green, ttl: '2m' }] }, capturing: true });
    publish();
    const [restore] = context.captures;
    expect((await run({ input: { restore } })).result).toEqual({
      status: 'succeeded',
      summary:
        'api.aether.example → 10.2.0.7 · changed at the DNS service · 0 of 1 name servers agree so far · ' +
        'clients may use the answer before until 2 min after the last one does: keep that side up',
      output: { records: [{ ...blue, ttl: 300 }], oldTtlSeconds: 120 },
    });
    expect(stored()).toMatchObject([{ value: '10.2.0.7', ttl: 300 }]);
    publish();
    const changes = scene.service.mutations().length;
    const proof = { restore, resolvers: [resolver.server] };
    expect((await run({ input: proof })).result).toMatchObject({
      status: 'succeeded',
      summary: 'api.aether.example → 10.2.0.7 · 1 of 1 name servers agree · 1 of 1 resolvers agree',
    });
    expect(scene.service.mutations()).toHaveLength(changes);
  });

  it('puts back although no name server answers', async () => {
    const { context } = await run({ input: { records: [green] }, capturing: true });
    const input = { restore: context.captures[0], servers: ['127.0.0.1:1'] };
    expect((await run({ input })).result).toMatchObject({
      status: 'succeeded',
      summary: expect.stringContaining('0 of 1 name servers agree so far'),
    });
    expect(stored()).toMatchObject([{ value: '10.2.0.7' }]);
  });

  it('makes several values, and takes away what was not there before', async () => {
    const input = {
      records: [
        { ...green, values: ['10.2.0.9', '10.2.0.10'], ttl: '5m' },
        { name: 'app.aether.example', values: ['10.2.0.9'], ttl: '5m' },
      ],
    };
    const { context } = await run({ input, capturing: true });
    expect(scene.service.zone().map(({ name, value }) => `${name} ${value}`)).toEqual(
      expect.arrayContaining([
        'api.aether.example 10.2.0.9',
        'api.aether.example 10.2.0.10',
        'app.aether.example 10.2.0.9',
        'mail.aether.example 10.9.9.9',
      ]),
    );
    await run({ input: { restore: context.captures[0] } });
    expect(
      scene.service
        .zone()
        .map(({ name, value, ttl }) => `${name} ${value} ${ttl}`)
        .sort(),
    ).toEqual(['api.aether.example 10.2.0.7 300', 'mail.aether.example 10.9.9.9 300']);
  });

  it('changes nothing that is so already, and does not wait for a TTL then', async () => {
    const result = await run({ input: { records: [blue] } });
    expect(result.result).toMatchObject({ status: 'succeeded' });
    expect(scene.service.mutations()).toEqual([]);
  });

  describe('after a crash', () => {
    const input = { records: [green] };
    const captured = { records: [{ ...blue, ttl: 300 }] };
    const observe = (more: Partial<Given> = {}) =>
      dnsSwitch.observe?.(contextOf({ input, capturing: true, captured, ...more }), signal());

    it('before its change finds that there is none', async () => {
      expect(await observe()).toEqual({ effect: 'absent' });
      const { captured: _, ...uncaptured } = { captured };
      expect(await observe({ ...uncaptured, captured: undefined as never })).toEqual({ effect: 'absent' });
    });

    it('after its change goes on from it, with the old TTL from what was captured', async () => {
      await run({ input, capturing: true });
      const seen = await observe();
      expect(seen).toMatchObject({ effect: 'begun', state: { phase: 'authoritative', oldTtl: 300_000 } });
      publish();
      const kept = seen?.effect === 'begun' ? seen.state : null;
      expect((await run({ input, kept })).result).toMatchObject({
        waiting: { until: new Date(noon + seconds(300)).toISOString() },
      });
      expect(scene.service.mutations()).toHaveLength(1);
    });

    it('asks a person about what nobody of us wrote', async () => {
      scene.meddle();
      expect(await observe()).toEqual({
        effect: 'unknown',
        known: [
          'api.aether.example is 10.6.6.6 (TTL 5 min) now: neither what stood before nor what was wanted',
        ],
      });
    });

    it('when the answer to its change got lost, makes no second one', async () => {
      scene.service.loseAnswer();
      await expect(run({ input, capturing: true })).rejects.toThrow("can't be reached");
      expect(await observe()).toMatchObject({ effect: 'begun' });
      expect(scene.service.mutations()).toHaveLength(1);
    });
  });

  it('waits for a service with too many requests, and fails in words where it refuses', async () => {
    scene.service.limit(3);
    expect((await run({ input: { records: [green] } })).result.status).toBe('waiting');
    scene.service.failChange(400);
    expect((await run({ input: { records: [blue] } })).result).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/^Nothing was changed: (Linode|Cloud DNS) answered 400/),
      retryable: false,
    });
    scene.service.failChange(503);
    await expect(run({ input: { records: [blue] } })).rejects.toMatchObject({ reason: 'doubtful' });
    expect(stored()).toMatchObject([{ value: '10.2.0.9' }]);
  });

  it('gives up when name servers never follow, and a retry looks again without a change', async () => {
    const input = { records: [green], within: '1m' };
    const first = await run({ input });
    time += seconds(60);
    expect((await run({ input, kept: first.kept })).result).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining(
        `After 1 min 0 of 1 authoritative name servers give the new answer; ${authority.server} still answers 10.2.0.7`,
      ),
      retryable: true,
    });
    publish();
    const again = await run({ input, attempt: 2 });
    expect(again.result).toMatchObject({ status: 'waiting', state: { phase: 'drain' } });
    expect(scene.service.mutations()).toHaveLength(1);
  });

  it('says in the plan what stands there and what will, and that it is not instant', async () => {
    const plan = (input: object) => dnsSwitch.plan(contextOf({ input }));
    expect(await plan({ records: [{ ...green, ttl: '5m' }] })).toEqual({
      summary:
        'Switch the DNS records of api.aether.example, and wait until name servers and clients have followed; answers are kept for 5 min',
      diff: [{ what: 'api.aether.example A', before: '10.2.0.7 (TTL 5 min)', after: '10.2.0.9 (TTL 5 min)' }],
    });
    expect((await plan({ records: [blue] })).summary).toContain('(it is so already)');
    expect((await plan({ restore: { records: [{ ...green, ttl: 300 }] } })).summary).toContain('not instant');
    expect(scene.service.mutations()).toEqual([]);
  });

  it('calls in the name of the rollout, and shows no token', async () => {
    await run({ input: { records: [green] } });
    expect(
      scene.service.seen.every(({ headers }) => headers['user-agent']?.includes('test-1; step probe')),
    ).toBe(true);
    Object.assign(scene.connection, { token: undefined, zone: 'other', project: 'other' });
    const refused = (await run({ input: { records: [green] } })).result;
    expect(refused).toMatchObject({
      status: 'failed',
      summary: expect.stringMatching(/^Nothing was changed/),
    });
    expect(JSON.stringify(refused)).not.toMatch(/value of|google-token/);
  });
});

describe('at Linode', () => {
  beforeEach(async () => {
    scene = await linode();
    publish();
  });

  it('a TTL is one of those that Linode keeps, rounded up', async () => {
    await run({ input: { records: [{ name: blue.name, ttl: '1m' }] } });
    expect(stored()).toMatchObject([{ ttl: 120 }]);
  });

  it('the default TTL is restored as the default', async () => {
    (scene.service as Awaited<ReturnType<typeof linodeDouble>>).add('www', '10.2.0.7');
    const { context } = await run({
      input: { records: [{ ...green, name: 'www.aether.example', ttl: '5m' }] },
      capturing: true,
    });
    expect(context.captures).toEqual([
      { records: [{ name: 'www.aether.example', type: 'A', ttl: null, values: ['10.2.0.7'] }] },
    ]);
    await run({ input: { restore: context.captures[0] } });
    const { records } = scene.service as Awaited<ReturnType<typeof linodeDouble>>;
    expect(records.find(({ name }) => name === 'www')).toMatchObject({ target: '10.2.0.7', ttl_sec: 0 });
  });
});

it.each([
  [{}, 'either `records` or `restore`'],
  [{ records: [blue], restore: { records: [{ ...blue, ttl: 1 }] } }, 'either `records` or `restore`'],
  [{ records: [{ name: 'a.b' }] }, '`values`, `ttl` or both'],
  [{ records: [{ ...blue, values: ['fd00::1'] }] }, 'does not fit the type'],
  [{ records: [{ ...blue, type: 'CNAME', values: ['a.b', 'c.d'] }] }, 'a CNAME has one value'],
  [{ records: [{ ...blue, name: 'a b' }] }, 'a host name'],
  [{ records: [blue, { ...green, name: 'API.aether.example.' }] }, 'a record stands twice'],
])('%j is refused', (input, message) => {
  const parsed = dnsSwitch.input.safeParse({ connection: 'dns', ...input });
  expect(JSON.stringify(parsed.error?.issues)).toContain(message);
});
