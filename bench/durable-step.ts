import { Queue, Worker } from 'bullmq';
import type { Redis as Connection } from 'ioredis';
import { Redis } from 'ioredis';
import { scriptsOf } from '../src/adapters/redis/scripts.ts';
import { theBot } from '../src/core/rollout/actor.ts';
import { chain } from '../src/core/rollout/chain.ts';
import { planDigest } from '../src/core/rollout/plan.ts';
import { planOf, start, startEngine, until } from '../test/support/engine.ts';
import { done, kind } from '../test/support/kinds.ts';
import { type Figure, ratio } from './figure.ts';
import { interleaved } from './measure.ts';

const steps = 200;

/** One durable step with nothing to do, beside two bare appends of the same events and a BullMQ step. */
export async function durableStep(url: string): Promise<Figure[]> {
  const engine = await startEngine(url, { kinds: [kind('noop', async () => done())] });
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const plan = planOf({
    phases: [
      { name: 'all', steps: Array.from({ length: steps }, (_, n) => ({ id: `s${n}`, uses: 'noop' })) },
    ],
  });
  let run = 0;
  const ours = async (): Promise<number> => {
    run += 1;
    const { state } = await start(engine, {
      ...plan,
      environment: { ...plan.environment, name: `bench-${run}` },
    });
    await until(engine, state.id, 'succeeded');
    const events = await engine.rollouts.events(state.id);
    const [first, last] = [
      events.find(({ type }) => type === 'step.started'),
      events.findLast(({ type }) => type === 'step.succeeded'),
    ];
    return (Date.parse(last?.at ?? '') - Date.parse(first?.at ?? '')) / steps;
  };
  const floor = await bareAppends(redis);
  const peer = await bullStep(redis);
  const result = await interleaved(7, { ours, floor: floor.run, peer: peer.run });
  await peer.close();
  await engine.stop();
  redis.disconnect();
  return [
    ratio(
      'One durable step (intent and outcome journaled)',
      result.ours,
      { name: 'floor: two bare journal appends', value: result.floor },
      1.5,
    ),
    ratio('The same', result.ours, { name: 'peer: one self-enqueued BullMQ step', value: result.peer }, 1.5),
  ];
}

/** Two compare-and-appends of the events of a step, one after the other, and nothing else. */
async function bareAppends(redis: Connection) {
  const scripts = scriptsOf(redis);
  let seq = 0;
  const key = `bench:journal:${Date.now()}`;
  const fixed = ['bench:lease', 'bench:due', 'bench:unshown', 'bench:rollouts', 'bench:active'];
  const [intent, outcome] = chain(
    { seq: 0, head: planDigest(planOf({ phases: [{ name: 'p', steps: [{ id: 's', uses: 'noop' }] }] })) },
    [
      { type: 'step.started', data: { step: 's1', attempt: 1, epoch: 1, input: {} } },
      { type: 'step.succeeded', data: { step: 's1', summary: 'done' } },
    ],
    theBot,
    new Date().toISOString(),
  ).map((event) => JSON.stringify(event));
  const append = async (line: string | undefined): Promise<void> => {
    const answer = await scripts.append(
      [...fixed, key],
      ['', Date.now(), 'bench:changes', 'bench', '', 0, seq, 1, line ?? ''],
    );
    if (answer !== 'ok') throw new Error(`the bare append answered ${answer}`);
    seq += 1;
  };
  const run = async (): Promise<number> => {
    const from = performance.now();
    for (let step = 0; step < steps; step += 1) {
      await append(intent);
      await append(outcome);
    }
    return (performance.now() - from) / steps;
  };
  return { run };
}

/** A job that enqueues the next one, as BullMQ's documentation chains steps. */
async function bullStep(redis: Connection) {
  const name = `bench-steps-${Date.now()}`;
  const queue = new Queue(name, { connection: redis });
  const blocking = redis.duplicate();
  let finished: (() => void) | undefined;
  const worker = new Worker(
    name,
    async ({ data }: { data: { left: number } }) => {
      if (data.left > 0) await queue.add('step', { left: data.left - 1 }, { removeOnComplete: true });
      else finished?.();
    },
    { connection: blocking },
  );
  await worker.waitUntilReady();
  const run = async (): Promise<number> => {
    const from = performance.now();
    await new Promise<void>((resolve) => {
      finished = resolve;
      void queue.add('step', { left: steps }, { removeOnComplete: true });
    });
    return (performance.now() - from) / steps;
  };
  return {
    run,
    async close() {
      await worker.close();
      await queue.close();
      blocking.disconnect();
    },
  };
}
