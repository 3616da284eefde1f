import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createWaker, startWorkers } from '../../src/adapters/bullmq/queues.ts';
import { createAppender } from '../../src/adapters/redis/appender.ts';
import { listenForChanges } from '../../src/adapters/redis/changes.ts';
import { connectPatiently } from '../../src/adapters/redis/connect.ts';
import { createJournals } from '../../src/adapters/redis/journals.ts';
import { createReader } from '../../src/adapters/redis/reader.ts';
import { createRollouts } from '../../src/adapters/redis/rollouts.ts';
import { scriptsOf } from '../../src/adapters/redis/scripts.ts';
import { playbookSchema } from '../../src/core/playbook/playbook.ts';
import type { Channel, Person } from '../../src/core/rollout/actor.ts';
import type { Fact } from '../../src/core/rollout/event.ts';
import { type Plan, planDigest } from '../../src/core/rollout/plan.ts';
import type { RolloutStatus } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import { createAdvance } from '../../src/jobs/advance.ts';
import { createLaunch } from '../../src/jobs/launch.ts';
import { createLook, type Watch } from '../../src/jobs/look.ts';
import { createPerform } from '../../src/jobs/perform.ts';
import { createSumUp } from '../../src/jobs/sum-up.ts';
import { startSweeper } from '../../src/jobs/sweep.ts';
import { createTakeBack } from '../../src/jobs/take-back.ts';
import { type Clock, systemClock } from '../../src/ports/clock.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import type { StepKind } from '../../src/ports/step.ts';
import type { World } from '../../src/ports/world.ts';
import { worldForTest } from './step-context.ts';

export const alice: Person = { kind: 'person', id: 'alice', name: 'Alice', via: 'console' };
export const bob: Person = { kind: 'person', id: 'bob', name: 'Bob', via: 'console' };
export const carol: Person = { kind: 'person', id: 'carol', name: 'Carol', via: 'console' };

export interface EngineOptions {
  kinds: readonly StepKind[];
  clock?: Clock;
  timezone?: string;
  world?: Partial<World>;
  watch?: Watch;
  leaseTime?: number;
  /** False: nothing runs by itself; the test calls `advance`. */
  workers?: boolean;
}

/** The journals and the loop on a real Redis, with the step kinds of a test. Several on one Redis are several workers. */
export async function startEngine(url: string, options: EngineOptions) {
  const clock = options.clock ?? systemClock;
  const connections: Redis[] = [];
  const connect = (): Redis => {
    const redis = connectPatiently(url);
    redis.on('error', () => undefined);
    connections.push(redis);
    return redis;
  };
  const redis = connect();
  const scripts = scriptsOf(redis);
  const reader = createReader(redis);
  const append = createAppender(redis, scripts, reader, clock);
  const waker = createWaker(connect());
  const onChange = await listenForChanges(connect());
  const rollouts = createRollouts({ redis, reader, append, waker, onChange });
  const journals = createJournals({
    redis,
    scripts,
    reader,
    append,
    owner: randomUUID(),
    leaseTime: options.leaseTime ?? 3_000,
  });
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const steps = {
    kinds: new Map(options.kinds.map((kind) => [kind.uses, kind])),
    journals,
    rollouts,
    world: worldForTest(options.world),
    clock,
    timezone: () => options.timezone ?? 'UTC',
    newNonce: randomUUID,
    secret: async (name: string) => process.env[`SECRET_${name}`],
    redact: (fact: Fact) => fact,
  };
  const perform = createPerform(steps);
  const takeBack = createTakeBack(steps);
  const watch: Watch = options.watch ?? (async () => Promise.reject(new Error('this test has no watch')));
  const look = createLook({ journals, clock, watch, onError });
  const launch = createLaunch(async () => ({ facts: [] }));
  const sumUp = createSumUp({ journals, clock, onError });
  const advance = createAdvance({ journals, clock, onChange, perform, launch, look, sumUp, takeBack });
  const workers =
    options.workers === false ? undefined : startWorkers(connect(), advance, { concurrency: 1_000, onError });
  const stopSweeping = workers ? startSweeper({ journals, waker, clock, onError }) : () => undefined;
  await workers?.ready();

  return {
    redis,
    rollouts,
    journals,
    advance,
    waker,
    errors,
    async stop() {
      stopSweeping();
      await workers?.close();
      await waker.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}

export type Engine = Awaited<ReturnType<typeof startEngine>>;

/** A plan from a playbook written in brief. */
export function planOf(playbook: object, environment = 'test'): Plan {
  const parsed = playbookSchema.parse({
    apiVersion: 'cutover/v1',
    name: 'test',
    environments: [environment],
    ...playbook,
  });
  return {
    v: 1,
    playbook: parsed,
    environment: { name: environment, vars: {}, connections: {}, quorum: 1 },
    target: null,
    params: {},
  };
}

/** Starts a rollout as Alice, with the environment claimed. */
export async function start(
  engine: Engine,
  plan: Plan,
  extra: { startAt?: string } = {},
  channels: readonly Channel[] = [],
): Promise<Rollout> {
  const planned = { plan, digest: planDigest(plan), channels: [...channels], ...extra };
  const recorded = await engine.rollouts.create('test', alice, planned, (_environment, id) => ({
    environment: extra.startAt ? [] : [{ type: 'environment.claimed', data: { rollout: id } }],
  }));
  if ('refusal' in recorded) throw new Error(recorded.refusal.why);
  return recorded.rollout;
}

/** Resolves when a rollout is in one of these states; fails loudly with what it is in after a generous time. */
export function until(engine: Engine, id: string, ...wanted: RolloutStatus[]): Promise<Rollout> {
  return untilWithin(15_000, engine, id, ...wanted);
}

/** The same with a time in milliseconds of one's own. */
export async function untilWithin(
  limit: number,
  engine: Engine,
  id: string,
  ...wanted: RolloutStatus[]
): Promise<Rollout> {
  const deadline = Date.now() + limit;
  for (;;) {
    const rollout = await engine.rollouts.find(id);
    const status = rollout && statusOf(rollout.plan, rollout.state);
    if (rollout && status && wanted.includes(status)) return rollout;
    if (Date.now() > deadline) throw new Error(`${id} is ${status}, not ${wanted.join(' or ')}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
