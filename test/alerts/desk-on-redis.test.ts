import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { startDesk } from '../../src/compose/desk.ts';
import { openStore, type Store } from '../../src/compose/store.ts';
import { policySchema } from '../../src/core/policy/schema.ts';
import { theBot } from '../../src/core/rollout/actor.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { systemClock as clock } from '../../src/ports/clock.ts';
import { redisForTest } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { alert, bob, iso, watchedPlan } from './desk-scene.ts';

let server: EmbeddedRedis;
let stores: Store[];
const errors: unknown[] = [];
const onError = (error: unknown): void => void errors.push(error);

beforeAll(async () => {
  server = await redisForTest();
  stores = await Promise.all([1, 2].map(() => openStore(server.url, clock, onError)));
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await server.stop();
});

const policy = policySchema.parse({
  people: { bob: { name: 'Bob' } },
  roles: { ops: ['bob'] },
  environments: { test: { rollback: ['ops'] } },
});

test('two workers bring 10,000 alerts to their rollout: one card, one ping, every alert counted', async () => {
  const [store] = stores;
  if (!store) throw new Error('there is a store');
  const stops = stores.map((each) =>
    startDesk({ store: each, clock, policy: () => policy, redact: (text) => text, onError }),
  );
  const plan = watchedPlan();
  const made = await store.rollouts.create(
    'shop',
    bob,
    { plan, digest: planDigest(plan), channels: [] },
    () => ({
      environment: [],
    }),
  );
  if ('refusal' in made) throw new Error(made.refusal.why);
  const { id } = made.rollout.state;
  const window = { type: 'hypercare.started' as const, data: { until: iso(clock.now() + 3_600_000) } };
  await store.rollouts.record(id, theBot, () => ({ facts: [window] }));

  const startsAt = iso(clock.now());
  const began = performance.now();
  let first = 0;
  const counted = async () => {
    const groups = (await store.rollouts.find(id))?.state.alerts?.groups ?? [];
    if (groups.length > 0) first ||= performance.now() - began;
    return groups.reduce((sum, { firing }) => sum + firing, 0);
  };
  const telling = Array.from({ length: 20 }, (_, g) =>
    Array.from({ length: 500 }, (_alert, n) => alert(`Group${g}`, n, { startsAt })),
  );
  const told = (async () => {
    for (const group of telling) await store.alerts.accept(group);
  })();
  await until('all alerts to be counted', async () => (await counted()) === 10_000);
  await told;
  await until('all to be seen', async () => (await store.alerts.changed(1)).length === 0);
  const took = performance.now() - began;
  await Promise.all(stops.map((stop) => stop()));

  const events = await store.rollouts.events(id);
  const of = (type: string) => events.filter((event) => event.type === type).length;
  console.info('10,000 alerts on Redis', {
    'first told after ms': Math.round(first),
    'all told after ms': Math.round(took),
    'changes recorded': of('alerts.changed'),
    pings: of('alerts.called'),
  });
  expect(errors).toEqual([]);
  expect(of('alerts.called')).toBe(1);
  expect(of('alerts.changed')).toBeLessThanOrEqual(12);
}, 60_000);
