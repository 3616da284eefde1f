import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertmanagerSilences } from '../../src/adapters/alertmanager/silences.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { createInbox } from '../../src/commands/inbox.ts';
import { startDesk } from '../../src/compose/desk.ts';
import { startSilencing, watchSilenced } from '../../src/compose/silences.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { policySchema } from '../../src/core/policy/schema.ts';
import { theBot } from '../../src/core/rollout/actor.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import { silencesContract } from '../alertmanager/contract.ts';
import { bob, iso, watchedPlan } from '../alerts/desk-scene.ts';
import { openDoor, token } from '../alerts/door.ts';
import { scene } from '../commands/scene.ts';
import { type Alertmanagers, alertmanagerInstalled, startAlertmanager } from '../support/alertmanager.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';

const policy = policySchema.parse({
  people: { bob: { name: 'Bob', slack: ['T1/U2'] } },
  roles: { ops: ['bob'] },
  environments: { test: { operate: ['ops'], rollback: ['ops'] } },
});
const secret = async () => undefined;

describe.runIf(alertmanagerInstalled())('silences in the real Alertmanager', () => {
  let redis: EmbeddedRedis;
  let stores: Store[];
  let door: Awaited<ReturnType<typeof openDoor>>;
  let am: Alertmanagers;
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const url = () => am.urls[0] ?? '';
  const first = (): Store => {
    const [store] = stores;
    if (!store) throw new Error('there is a store');
    return store;
  };

  beforeAll(async () => {
    redis = await redisForTest();
    stores = await Promise.all([1, 2].map(() => openStore(redis.url, clock, onError)));
    door = await openDoor({ alerts: first().alerts });
    am = await startAlertmanager({ webhook: `${door.url}/webhooks/alertmanager`, token });
  });
  afterAll(async () => {
    await am?.stop();
    await door.close();
    await Promise.all(stores.map((store) => store.close()));
    await redis.stop();
  });

  function worker(store: Store, fetch = globalThis.fetch): () => Promise<void> {
    const silencing = startSilencing({ store, clock, fetch, secret, alertmanagerUrl: url(), onError });
    const redact = (text: string) => text;
    const desk = startDesk({ store, clock, policy: () => policy, redact, onRead: silencing.note, onError });
    return async () => void (await Promise.all([desk(), silencing.stop()]));
  }

  async function watched(): Promise<string> {
    const plan = watchedPlan();
    const planned = { plan, digest: planDigest(plan), channels: [] };
    const made = await first().rollouts.create('shop', bob, planned, () => ({ environment: [] }));
    if ('refusal' in made) throw new Error(made.refusal.why);
    const { id } = made.rollout.state;
    const window = { type: 'hypercare.started' as const, data: { until: iso(clock.now() + 3_600_000) } };
    await first().rollouts.record(id, theBot, () => ({ facts: [window] }));
    return id;
  }

  async function say(text: string): Promise<boolean> {
    const { rollouts, alerts } = first();
    const inbox = createInbox({ ...scene().deps, rollouts, alerts, clock, policy: () => policy });
    const reply = await inbox({ channel: { platform: 'slack', id: 'C1' }, account: 'T1/U2', text });
    return reply.ok;
  }

  const group = async (id: string, name: string) =>
    (await first().rollouts.find(id))?.state.alerts?.groups.find((one) => one.name === name);
  const status = async (id: string, name: string) => (await group(id, name))?.silence?.status;

  /** Fires an alert of the shop; answers what people call it. */
  async function fires(id: string, name: string): Promise<string> {
    await am.post([{ labels: { alertname: name, app: 'shop', instance: 'i1', severity: 'page' } }]);
    const told = await until(`${name} to be told`, () => group(id, name));
    return `${id}.${told.n}`;
  }

  interface Queried {
    id: string;
    createdBy: string;
    comment: string;
    matchers: { name: string; value: string; isRegex: boolean }[];
  }
  const queried = async (name: string): Promise<Queried[]> =>
    JSON.parse(await am.amtool('silence', 'query', '-o', 'json', `alertname=${name}`));

  silencesContract(() => alertmanagerSilences({ kind: 'alertmanager', url: url() }, { fetch, secret }));

  it('are made from chat by two workers once, seen by amtool, and removed again', async () => {
    const stops = stores.map((store) => worker(store));
    const id = await watched();
    const alert = await fires(id, 'Slow');
    expect(await say(`silence ${alert} 2h database failover`)).toBe(true);
    await until('the silence', async () => (await status(id, 'Slow')) === 'set');
    const seen = await queried('Slow');
    expect(seen).toMatchObject([{ createdBy: 'Bob', comment: expect.stringContaining('database failover') }]);
    expect(seen[0]?.matchers.map(({ name, value }) => `${name}=${value}`)).toEqual([
      'alertname=Slow',
      'app=shop',
    ]);
    expect(seen[0]?.id).toBe((await group(id, 'Slow'))?.silence?.id);
    const suppressed = await am.amtool('alert', 'query', '--silenced', '-o', 'json', 'alertname=Slow');
    expect(JSON.parse(suppressed)).toMatchObject([{ status: { state: 'suppressed' } }]);

    expect(await say(`unsilence ${alert} failover is done`)).toBe(true);
    await until('its removal', async () => (await group(id, 'Slow'))?.silence === undefined);
    expect(await queried('Slow')).toEqual([]);
    await Promise.all(stops.map((stop) => stop()));
    expect(errors).toEqual([]);
  });

  it('hide the end of an alert, which is asked for there and told', async () => {
    const store = first();
    const stop = worker(store);
    const id = await watched();
    const alert = await fires(id, 'Quiet');
    expect(await say(`silence ${alert} 2h database failover`)).toBe(true);
    await until('the silence', async () => (await status(id, 'Quiet')) === 'set');
    let answers = 0;
    const counting: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      answers += 1;
      return response;
    };
    /** A worker that has just started asks at once. */
    const ask = async () => {
      const before = answers;
      const parts = { store, clock, fetch: counting, secret, alertmanagerUrl: url(), onError };
      const rollout = await store.rollouts.find(id);
      if (rollout) watchSilenced(parts).note(rollout);
      await until('an answer', () => answers > before);
    };
    await ask();
    await ask();
    expect((await group(id, 'Quiet'))?.firing).toBe(1);
    const labels = { alertname: 'Quiet', app: 'shop', instance: 'i1', severity: 'page' };
    await am.post([{ labels, endsAt: new Date().toISOString() }]);
    await until('it to be over', async () => {
      if ((await group(id, 'Quiet'))?.firing === 0) return true;
      await ask();
      return false;
    });
    expect((await queried('Quiet')).length).toBe(1);
    await stop();
    expect(errors).toEqual([]);
  });

  it('are exactly one, when a worker dies between making it and saying so', async () => {
    const id = await watched();
    let posts = 0;
    const dying: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (init?.method !== 'POST') return response;
      posts += 1;
      return new Promise<Response>(() => undefined);
    };
    const [one, two] = stores;
    if (!one || !two) throw new Error('there are two');
    const stalled = worker(one, dying);
    const alert = await fires(id, 'Down');
    expect(await say(`silence ${alert} 30m failover`)).toBe(true);
    await until('the silence to be made', async () => posts > 0 && (await queried('Down')).length === 1);
    expect(await status(id, 'Down')).toBe('asked');
    // Its turn ends by itself, as that of a process that is gone.
    const stop = worker(two);
    await until('the other to take it up', async () => (await status(id, 'Down')) === 'set', 90);
    expect(await queried('Down')).toHaveLength(1);
    expect((await group(id, 'Down'))?.silence?.id).toBe((await queried('Down'))[0]?.id);
    await stop();
    void stalled();
  });
});
