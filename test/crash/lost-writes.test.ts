import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { verifyJournal } from '../../src/core/rollout/verify.ts';
import { carol, type Engine, planOf, start, startEngine, until } from '../support/engine.ts';
import { done, kind } from '../support/kinds.ts';
import { redisForTest } from '../support/redis.ts';

let redis: EmbeddedRedis;
let engine: Engine;
let release: () => void = () => undefined;

/** Waits at its first look, for a person. */
const ask = kind('ask', async ({ answers }) =>
  answers.length > 0
    ? done()
    : { status: 'waiting', waiting: { for: 'task', roles: [], instructions: 'look', what: 'somebody' } },
);
/** At work until it is released. */
const hold = kind('hold', async () => {
  await new Promise<void>((resolve) => {
    release = resolve;
  });
  return done();
});
const note = kind('note', async () => done());

beforeAll(async () => {
  redis = await redisForTest();
});
afterEach(() => engine.stop());
afterAll(() => redis.stop());

/** Takes the last events away, as a failover to a replica does that had not got them yet, and wakes the rollout. */
async function lose(id: string, events: number): Promise<void> {
  await engine.redis.ltrim(keys.journal(id), 0, -1 - events);
  await engine.redis.zadd(keys.due, Date.now(), id);
}

const fact = { type: 'step.answered', data: { step: 'ask', answer: 'done' } } as const;
const isSound = async (id: string) =>
  'head' in verifyJournal(await engine.redis.lrange(keys.journal(id), 0, -1));

test('a Redis that lost the last writes of a rollout at rest does not hold it up', async () => {
  engine = await startEngine(redis.url, { kinds: [ask, note], leaseTime: 500 });
  const steps = [
    { id: 'ask', uses: 'ask' },
    { id: 'note', uses: 'note' },
  ];
  const { state } = await start(engine, planOf({ phases: [{ name: 'only', steps }] }));
  await until(engine, state.id, 'waiting');
  await lose(state.id, 1);
  await until(engine, state.id, 'waiting');
  expect(await engine.rollouts.record(state.id, carol, () => ({ facts: [fact] }))).toHaveProperty('rollout');
  await until(engine, state.id, 'succeeded');
  expect(await isSound(state.id)).toBe(true);
});

test('nor one that is at work, nor the environment', async () => {
  engine = await startEngine(redis.url, { kinds: [hold, note], leaseTime: 500 });
  const steps = [
    { id: 'note', uses: 'note' },
    { id: 'hold', uses: 'hold' },
  ];
  const { state } = await start(engine, planOf({ phases: [{ name: 'only', steps }] }, 'lossy'));
  const isHeld = async () => (await engine.rollouts.find(state.id))?.state.steps.hold?.status;
  await expect.poll(isHeld).toBe('running');
  await lose(state.id, 2);
  release();
  await expect.poll(isHeld).toBe('running');
  release();
  await until(engine, state.id, 'succeeded');
  expect(await isSound(state.id)).toBe(true);

  const claimed = await engine.redis.llen(keys.environment('lossy'));
  await engine.redis.ltrim(keys.environment('lossy'), 0, -2);
  expect(claimed).toBe(2);
  expect((await engine.rollouts.environment('lossy')).claimedBy).toBe(state.id);
});
