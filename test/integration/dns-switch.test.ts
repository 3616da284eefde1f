import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import type { Json } from '../../src/core/json.ts';
import type { StepKind } from '../../src/ports/step.ts';
import { dnsSwitch } from '../../src/steps/dns-switch.ts';
import { googleDnsDouble } from '../doubles/google-dns.ts';
import { linodeDouble } from '../doubles/linode.ts';
import { type Engine, planOf, start, startEngine, untilWithin } from '../support/engine.ts';
import { kind } from '../support/kinds.ts';
import { knotInstalled, startKnot } from '../support/knot.ts';
import { answered, publishing } from '../support/published-zone.ts';
import { redisForTest } from '../support/redis.ts';
import { contextFor, noon } from '../support/step-context.ts';
import { until } from '../support/until.ts';

type Knot = Awaited<ReturnType<typeof startKnot>>;

const apex = 'aether.example';
const hosts = ['api.aether.example', 'app.aether.example'];
const [blue, green] = ['10.2.0.7', '10.2.0.9'];

describe.runIf(knotInstalled())('dns.switch, answered by a real name server', () => {
  let redis: EmbeddedRedis;
  let authority: Knot;
  let resolver: Knot;
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    redis = await redisForTest();
  });
  beforeEach(async () => {
    const records = hosts.map((name) => ({ name, type: 'A', ttl: 3, value: blue }));
    [authority, resolver] = await Promise.all([startKnot(apex, records), startKnot(apex, records)]);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await Promise.all([authority.stop(), resolver.stop()]);
  });
  afterAll(() => redis.stop());

  async function google() {
    const service = await googleDnsDouble({ project: 'aether', zone: 'main', apex, token: 'google-token' });
    for (const name of hosts) service.add(name, [blue], 3);
    service.answeredBy([authority.server]);
    const published = publishing(() => service.zone(), [authority, resolver], 300);
    ends.push(() => service.stop(), published.stop);
    return service;
  }

  /** Lowers the TTL, moves both hosts, fails, and rolls both steps back. */
  function playbook() {
    const records = hosts.map((name) => ({ name, values: [green] }));
    const pace = { connection: 'dns', interval: '200ms', resolvers: [resolver.server] };
    const back = (id: string, of: string) => ({
      id,
      when: `\${{ steps.${of}.started }}`,
      uses: 'dns.switch',
      with: { ...pace, restore: `\${{ steps.${of}.before }}` },
    });
    return {
      phases: [
        {
          name: 'switch',
          steps: [
            {
              id: 'lower',
              uses: 'dns.switch',
              with: { ...pace, records: hosts.map((name) => ({ name, ttl: '1s' })) },
              capture: 'before',
            },
            {
              id: 'flip',
              uses: 'dns.switch',
              with: { ...pace, records },
              capture: 'before',
              retry: { attempts: 2, delay: '100ms' },
            },
            { id: 'soak', uses: 'soak', onFailure: 'rollback' },
          ],
        },
      ],
      rollback: [back('hosts-back', 'flip'), back('ttl-back', 'lower')],
    };
  }

  async function rollout(soak: StepKind, name: string) {
    const engine: Engine = await startEngine(redis.url, { kinds: [dnsSwitch as StepKind, soak] });
    ends.unshift(() => engine.stop());
    const plan = planOf(playbook(), name);
    const connections = { dns: { kind: 'google-dns', project: 'aether', zone: 'main', endpoint: '' } };
    return { engine, plan, connections };
  }

  type Service = Awaited<ReturnType<typeof google>>;
  const faults: [string, (service: Service) => void][] = [
    ['nothing goes wrong', () => undefined],
    ['the answer to the switch gets lost', (service) => service.loseAnswer()],
    ['the service fails at the switch', (service) => service.failChange(503)],
    ['the service asks to slow down', (service) => service.limit(3)],
  ];

  it.each(faults)('%s: moved once, and rolled back to what was captured', async (what, disturb) => {
    const service = await google();
    const before = [...service.rrsets.values()].map((set) => ({ ...set }));
    const seen: string[][] = [];
    const soak = kind('soak', async () => {
      for (const name of hosts) seen.push(await answered(authority, name));
      return { status: 'failed', summary: 'checkout errors', retryable: false };
    });
    const { engine, plan, connections } = await rollout(
      soak,
      `dns-${faults.findIndex(([one]) => one === what)}`,
    );
    const dns = { ...connections.dns, endpoint: `${service.url}/dns/v1/` };
    const planned = { ...plan, environment: { ...plan.environment, connections: { dns } } };
    const { state } = await start(engine, planned);
    await until('the TTL to be lowered', async () => {
      const now = await engine.rollouts.find(state.id);
      return now?.state.steps.lower?.waiting?.what.includes('clients may still use the old one');
    });
    disturb(service);
    const done = await untilWithin(60_000, engine, state.id, 'rolled-back', 'rollback-failed', 'in-doubt');
    expect(done.state.steps['ttl-back']?.status).toBe('succeeded');
    expect(seen).toEqual([[`${green} 1`], [`${green} 1`]]);
    expect([...service.rrsets.values()]).toEqual(before);
    for (const name of hosts) expect(await answered(authority, name)).toEqual([`${blue} 3`]);
    expect(service.changes).toHaveLength(4);
    expect(done.state.steps['hosts-back']?.summary).toContain(`api.aether.example → ${blue}`);
  });

  it('at Linode, several addresses and the TTL are put back exactly', async () => {
    const service = await linodeDouble({ zone: apex, token: 'value of LINODE' });
    service.add('api', blue, 300);
    service.add('api', '10.2.0.8', 300);
    ends.push(() => service.stop());
    await authority.publish(service.zone());
    const stored = service.records.map(({ id: _, ...record }) => record);
    const connection = {
      kind: 'linode-dns',
      zone: apex,
      token: '${{ secrets.LINODE }}',
      endpoint: service.url,
    };
    let time = noon;
    const run = async (input: object, kept?: Json) => {
      const given = { connection: 'dns', servers: [authority.server], ...input };
      const context = contextFor(dnsSwitch, given, {
        connections: { dns: connection },
        capturing: true,
        now: () => time,
        ...(kept === undefined ? {} : { kept }),
      });
      return { context, result: await dnsSwitch.run(context, new AbortController().signal) };
    };
    const input = { records: [{ name: hosts[0], values: [green], ttl: '30s' }] };
    const first = await run(input);
    await authority.publish(service.zone());
    expect(await answered(authority, hosts[0] ?? '')).toEqual([`${green} 30`]);
    const [captured] = first.context.captures;
    const restore = { restore: captured, follow: true };
    const back = await run(restore);
    expect(back.result.status).toBe('waiting');
    await authority.publish(service.zone());
    expect(await answered(authority, hosts[0] ?? '')).toEqual([`${blue} 300`, '10.2.0.8 300']);
    time += 10_000;
    const kept = back.result.status === 'waiting' ? back.result.state : undefined;
    expect((await run(restore, kept)).result.status).toBe('succeeded');
    const sorted = (records: object[]) => records.map((one) => JSON.stringify(one)).sort();
    expect(sorted(service.records.map(({ id: _, ...record }) => record))).toEqual(sorted(stored));
  });
});
