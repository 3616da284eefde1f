import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Redis } from 'ioredis';
import { stepKinds } from '../src/steps/registry.ts';
import { planOf, start, startEngine, until, untilWithin } from '../test/support/engine.ts';
import { done, kind } from '../test/support/kinds.ts';
import { bytes, type Figure } from './figure.ts';
import { median } from './measure.ts';

const events = 5_000;

/** A rollout of 5,000 events must cost at its end what it cost at its beginning. */
export async function linearGrowth(url: string): Promise<Figure[]> {
  const engine = await startEngine(url, { kinds: [kind('noop', async () => done())] });
  const phases = Array.from({ length: 50 }, (_, phase) => ({
    name: `p${phase}`,
    steps: Array.from({ length: 50 }, (_, step) => ({ id: `s${phase}-${step}`, uses: 'noop' })),
  }));
  const ratios: number[] = [];
  let [first, last] = [0, 0];
  for (let round = 0; round < 5; round += 1) {
    const { state } = await start(engine, planOf({ phases }, `growth-${round}`));
    await untilWithin(120_000, engine, state.id, 'succeeded');
    const journal = await engine.rollouts.events(state.id);
    const at = (seq: number) => Date.parse(journal[seq - 1]?.at ?? '');
    [first, last] = [at(1_000) - at(3), at(events) - at(events - 1_000)];
    ratios.push(last / first);
  }
  await engine.stop();
  const ratio = median(ratios);
  return [
    {
      what: `A rollout of ${events} events: events 4,000 to 5,000`,
      value: `${last} ms`,
      beside: `events 1 to 1,000: ${first} ms`,
      bound: `${ratio.toFixed(2)}×, at most 1.5×`,
      holds: ratio <= 1.5,
    },
  ];
}

const waiting = 1_000;
/** Bytes: ten thousand that wait fit into a process of 512 MB. */
const mostEach = 50_000;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes that are reachable in this process, garbage left out. */
function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** What 1,000 rollouts that wait for a person take, in this process and in Redis. */
export async function liveRollouts(url: string): Promise<Figure[]> {
  const redis = new Redis(url);
  const engine = await startEngine(url, { kinds: [...stepKinds.values()] });
  const used = async (): Promise<number> => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  const steps = Array.from({ length: 30 }, (_, n) => ({
    id: `s${n}`,
    uses: 'manual',
    with: { roles: ['engineer'], instructions: 'look at it' },
  }));
  const [heapBefore, redisBefore] = [heapInUse(), await used()];
  const ids: string[] = [];
  for (let n = 0; n < waiting; n += 1) {
    ids.push((await start(engine, planOf({ phases: [{ name: 'all', steps }] }, `live-${n}`))).state.id);
  }
  for (const id of ids) await until(engine, id, 'waiting');
  const [heap, stored] = [heapInUse() - heapBefore, (await used()) - redisBefore];
  await engine.stop();
  redis.disconnect();
  const figure = (what: string, total: number): Figure => ({
    what,
    value: bytes(total),
    beside: `${bytes(total / waiting)} each, 30 steps`,
    bound: `at most ${bytes(mostEach)} each`,
    holds: total <= mostEach * waiting,
  });
  return [
    figure(`${waiting} waiting rollouts: what the process keeps of them`, heap),
    figure('The same: bytes in Redis', stored),
  ];
}
