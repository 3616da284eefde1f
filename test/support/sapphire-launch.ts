import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { versions } from '../../sandbox/sapphire/names.ts';
import { openSapphire } from '../../sandbox/sapphire/place.ts';
import { consoleToken, tokenOf } from './bot-files.ts';
import { root } from './bot-process.ts';
import { type FaultyGoogle, startFaultyGoogle } from './faulty-google.ts';
import { carryThrough, lineOfBots, type Step } from './line-of-bots.ts';
import { redisForTest } from './redis.ts';
import { takenUp, wholeOf } from './sapphire-standing.ts';

const environment = 'staging';
const rollout = 'sapphire-1';

export type SapphireLaunch = Awaited<ReturnType<typeof prepareLaunch>>;

/** How a project stands in hypercare, how after the rollback from there, and what was taken up on the way. */
export interface Ends {
  forward: object;
  back: object;
  taken: Map<string, number>;
}

type Stopped = (step: Step, retry: () => Promise<void>) => Promise<void>;

/** Where nobody should be asked. */
export const nobodyAsked: Stopped = async (step) => {
  throw new Error(`it stopped: ${JSON.stringify(step)}`);
};

/**
 * A launch and its rollback in a project of its own. `prepare` is called before it begins, and answers what is done
 * about a step that stopped for a person.
 */
export async function launched(prepare: (launch: SapphireLaunch) => Stopped): Promise<Ends> {
  const launch = await prepareLaunch();
  try {
    return await thereAndBack(launch, prepare(launch));
  } finally {
    await launch.stop();
  }
}

/**
 * Launches that run side by side, each in a project of its own: how each ended. Where one fails, the others come to
 * their end first.
 */
export async function allOf(
  launches: readonly Promise<Ends>[],
): Promise<[quiet: Ends, ...disturbed: Ends[]]> {
  await Promise.allSettled(launches);
  const [quiet, ...disturbed] = await Promise.all(launches);
  if (quiet === undefined) throw new Error('no launch to compare with');
  return [quiet, ...disturbed];
}

/** A project, its bots and something between them. */
async function prepareLaunch() {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-launch-'));
  await mkdir(join(root, 'test/output'), { recursive: true });
  const checkout = await mkdtemp(join(root, 'test/output/launch-'));
  const ends: (() => Promise<unknown>)[] = [
    () => rm(checkout, { recursive: true, force: true, maxRetries: 5 }),
    () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const stop = async (): Promise<void> => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    const redis = await redisForTest();
    ends.push(redis.stop);
    const between = Promise.withResolvers<FaultyGoogle>();
    const through = async (google: string): Promise<string> => {
      between.resolve(await startFaultyGoogle(google));
      return (await between.promise).url;
    };
    const files = { folder, checkout, environments: [environment], consoleToken, tokenOf };
    const ground = await openSapphire({ ...files, window: '24h', through });
    ends.push(ground.stop);
    const proxy = await between.promise;
    ends.push(proxy.stop);
    const bots = lineOfBots({ ...ground.settings, REDIS_URL: redis.url });
    ends.push(bots.end);
    return { proxy, bots, stop, data: join(folder, environment) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Into hypercare, and back from there. */
async function thereAndBack({ bots, data }: SapphireLaunch, onStopped: Stopped): Promise<Ends> {
  const go = (end: string) =>
    carryThrough(bots, {
      ...{ rollout, end, within: 1_500 },
      onStopped: (step) => onStopped(step, () => bots.type('alice', `retry ${rollout} ${step.id}`)),
    });
  await bots.type('alice', `start sapphire-cloud-run version=${versions.launched} env=${environment}`);
  await go('hypercare');
  const forward = await wholeOf(data);
  await bots.type('bob', `rollback ${rollout} checkout errors`);
  await go('rolled-back');
  expect(await (await bots.person('alice')).verified(rollout)).toMatchObject({ ok: true });
  return { forward, back: await wholeOf(data), taken: await takenUp(data) };
}
