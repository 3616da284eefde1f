import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { decideRollback } from '../../src/commands/rollback.ts';
import { policySchema } from '../../src/core/policy/schema.ts';
import { refuse } from '../../src/core/refusal.ts';
import { planDigest } from '../../src/core/rollout/plan.ts';
import { createDesk } from '../../src/jobs/desk.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { alice, bob, type Engine, planOf, start, startEngine } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { memoryAlerts } from '../support/memory-alerts.ts';
import { redisForTest } from '../support/redis.ts';
import { alert, usualOnCall } from './desk-scene.ts';

let server: EmbeddedRedis;
let engines: Engine[];

beforeAll(async () => {
  server = await redisForTest();
  const options = { kinds: [kind('note', async () => done())], workers: false };
  engines = await Promise.all([1, 2, 3].map(() => startEngine(server.url, options)));
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  await server.stop();
});

const policy = policySchema.parse({
  people: { bob: { name: 'Bob' } },
  roles: { ops: ['bob'] },
  environments: Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`test-${n}`, { rollback: ['ops'] }]),
  ),
});

/** A newer rollout that claims the environment if it is free, as a start does. */
async function newer(engine: Engine, environment: string): Promise<boolean> {
  const plan = planOf({ phases: [{ name: 'only', steps: [{ id: 'a', uses: 'note' }] }] }, environment);
  const planned = { plan, digest: planDigest(plan), channels: [] };
  const made = await engine.rollouts.create('newer', alice, planned, ({ claimedBy }, id) =>
    claimedBy === undefined
      ? { environment: [{ type: 'environment.claimed', data: { rollout: id } }] }
      : { refusal: refuse('environment-busy', 'Not started.', 'It is busy.', 'Wait.') },
  );
  return 'rollout' in made;
}

test('a press, a page that rolls back, and a newer rollout at the same moment: one of them acts', async () => {
  const [people, desks, starts] = engines;
  if (!people || !desks || !starts) throw new Error('there are three engines');
  const outcomes = { press: 0, page: 0, newer: 0 };
  for (let round = 0; round < 30; round += 1) {
    const environment = `test-${round}`;
    const plan = planOf(
      {
        phases: [{ name: 'only', steps: [{ id: 'flip', uses: 'note' }] }],
        rollback: [{ id: 'undo', uses: 'note' }],
        hypercare: { window: '1h', labels: { app: 'shop' }, alerts: { page: 'rollback' } },
      },
      environment,
    );
    const { state } = await start(people, plan);
    await people.advance(state.id);
    const alerts = memoryAlerts(systemClock);
    const startsAt = new Date(systemClock.now() + 1).toISOString();
    const desk = createDesk({
      alerts,
      rollouts: desks.rollouts,
      onCall: () => usualOnCall,
      clock: systemClock,
      redact: (group) => group,
      onError: (error) => {
        throw error;
      },
    });
    await desk.look();
    await alerts.accept([alert('Down', 1, { startsAt, labels: { severity: 'page' } })]);
    const headStart = (place: number) => pause(4 * ((round + place) % 3));
    const asked = { person: bob, policy, now: systemClock.now() };
    const [press, , began] = await Promise.all([
      headStart(0).then(() =>
        people.rollouts.record(state.id, bob, (rollout, place) =>
          decideRollback({ id: state.id, reason: 'errors' }, asked, rollout, place),
        ),
      ),
      headStart(1).then(() => desk.look()),
      headStart(2).then(() => newer(starts, environment)),
    ]);
    const older = await people.rollouts.find(state.id);
    const requested = (await people.rollouts.events(state.id)).filter(
      ({ type }) => type === 'rollback.requested',
    );
    expect(requested.length + Number(began)).toBe(1);
    expect(older?.state.supersededBy !== undefined).toBe(began);
    if (began) expect('refusal' in press && press.refusal.reason).toBe('superseded');
    if (began) outcomes.newer += 1;
    else if ('rollout' in press) outcomes.press += 1;
    else outcomes.page += 1;
  }
  console.info('of 30 races, won by', outcomes);
}, 60_000);
