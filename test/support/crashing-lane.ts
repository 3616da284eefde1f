import { setTimeout as pause } from 'node:timers/promises';
import { keys } from '../../src/adapters/redis/keys.ts';
import type { RolloutStatus } from '../../src/core/rollout/state.ts';
import { statusOf } from '../../src/core/rollout/status.ts';
import type { Rollout } from '../../src/ports/rollouts.ts';
import { type Bot, spawnBot } from './bot.ts';
import { type Evidence, evidenceOf, isUnsettled } from './crashing-evidence.ts';
import { openPlace, type Place } from './crashing-place.ts';
import { quickPlaybook } from './crashing-playbook.ts';
import type { Passed, Setup, Strike } from './crashing-setup.ts';

/** Which way a rollout goes: to the end, or back from the soak or from hypercare. */
export type Course = 'forward' | 'back from the soak' | 'back from hypercare';

export interface Run {
  id: string;
  evidence: Evidence;
  /** The points that the last bot passed since it was armed. */
  points: Passed[];
  /** Bots that went down on the way. */
  deaths: number;
}

/** A Redis, a sandbox and a line of bots of their own, for one rollout after the other. */
export interface Lane {
  /** Runs a rollout of this course; the bot strikes itself where it is told to, and the next one carries on. */
  run(course: Course, strike: Strike | null): Promise<Run>;
  /** Ends everything; answers the processes that are left. */
  stop(): Promise<number[]>;
}

const limit = 90_000;
const ends: readonly RolloutStatus[] = [
  'succeeded',
  'rolled-back',
  'failed',
  'in-doubt',
  'rollback-failed',
  'aborted',
];
const pace = {
  forward: { soakCycles: 3, hypercare: '1500ms' },
  'back from the soak': { soakCycles: 1_000, hypercare: '10m' },
  'back from hypercare': { soakCycles: 2, hypercare: '10m' },
} as const satisfies Record<Course, object>;

export async function openLane(): Promise<Lane> {
  const place = await openPlace();
  const bots = lineOfBots();
  return {
    async run(course, strike) {
      await place.reset();
      await bots.begin(place.setup(await quickPlaybook(pace[course]), 1_000), strike);
      const before = await place.store.patientRollouts.list({ limit: 5 });
      const known = new Set(before.map(({ state }) => state.id));
      const id = await drive({ place, bots, course, known });
      const evidence = await kept(bots, evidenceOf(place, id));
      return { id, evidence, points: await pointsOf(bots), deaths: bots.deaths() };
    },
    async stop() {
      await bots.stop();
      return place.stop();
    },
  };
}

export interface LineOfBots {
  begin(setup: Setup, strike: Strike | null): Promise<void>;
  current(): Bot;
  /** The bot that lives: the next one of the line when the present one is down. */
  living(): Promise<Bot>;
  deaths(): number;
  stop(): Promise<void>;
}

/** One bot at work, and one that has loaded its code and waits. A bot of another setup makes room for a new one. */
export function lineOfBots(): LineOfBots {
  let setup: Setup | undefined;
  let bot: Bot | undefined;
  let spare = spawnBot();
  let deaths = 0;
  const next = async (given: Setup): Promise<Bot> => {
    const fresh = spare;
    spare = spawnBot();
    await fresh.start(given);
    bot = fresh;
    return fresh;
  };
  const current = (): Bot => {
    if (!bot) throw new Error('no bot has begun');
    return bot;
  };
  return {
    current,
    deaths: () => deaths,
    async begin(given, strike) {
      const fits = JSON.stringify(setup) === JSON.stringify(given);
      setup = given;
      if (!bot || bot.isGone() || !fits) {
        bot?.kill();
        await bot?.gone;
        await next(given);
      }
      deaths = 0;
      await current().arm(strike);
    },
    async living() {
      if (!current().isGone()) return current();
      deaths += 1;
      if (!setup) throw new Error('no bot has begun');
      return next(setup);
    },
    async stop() {
      for (const each of [bot, spare]) each?.kill();
      await Promise.all([bot?.gone, spare.gone]);
    },
  };
}

/** A bot that goes down at the last point of all, once its rollout has ended, is followed by the next one as well. */
async function kept<T>(bots: LineOfBots, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const keeping = (async () => {
    while (!over.signal.aborted) {
      await bots.living();
      await pause(25);
    }
  })();
  try {
    return await work;
  } finally {
    over.abort();
    await keeping;
  }
}

/** The last point of all strikes a bot whose rollout has come to rest: it may go down while it is asked. */
async function pointsOf(bots: LineOfBots): Promise<Passed[]> {
  const bot = await bots.living();
  try {
    return await bot.points();
  } catch (error) {
    if (!bot.isGone()) throw error;
    return pointsOf(bots);
  }
}

interface Drive {
  place: Place;
  bots: LineOfBots;
  course: Course;
  known: ReadonlySet<string>;
}

/**
 * Plays the people, who ask again when a bot went down without an answer. Answers the rollout's id once it has ended,
 * is at rest, and its thread says so.
 */
async function drive({ place, bots, course, known }: Drive): Promise<string> {
  const { patientRollouts } = place.store;
  const deadline = Date.now() + limit;
  for (;;) {
    const bot = await bots.living();
    const rollout = (await patientRollouts.list({ limit: 3 })).find(({ state }) => !known.has(state.id));
    const over = rollout !== undefined && isOver(rollout);
    if (over && !(await isUnsettled(place, rollout.state.id))) return rollout.state.id;
    const due = rollout ? dueOf(rollout, course) : { account: 'bob', text: 'start green' };
    if (due) await bot.say(due.account, due.text);
    if (Date.now() > deadline) throw new Error(await describe(place, rollout, bot));
    await pause(25);
  }
}

function isOver({ plan, state }: Rollout): boolean {
  const status = statusOf(plan, state);
  if (status === 'succeeded' || status === 'rolled-back') return state.released;
  return ends.includes(status);
}

function dueOf({ state }: Rollout, course: Course): { account: string; text: string } | undefined {
  const { id, steps, rollback, hypercare } = state;
  const asking = steps['approve-switch'];
  if (asking?.status === 'waiting' && !asking.unseen) return { account: 'carol', text: `approve ${id}` };
  const back = { account: 'dan', text: `rollback ${id} a test` };
  const soaking = steps.soak?.status === 'waiting';
  if (rollback) return undefined;
  return (course === 'back from the soak' && soaking) || (course === 'back from hypercare' && hypercare)
    ? back
    : undefined;
}

async function describe({ store }: Place, rollout: Rollout | undefined, bot: Bot): Promise<string> {
  if (!rollout) return `No rollout began.\n${bot.faults().join('\n')}`;
  const { id } = rollout.state;
  const events = (await store.patientRollouts.events(id)).slice(-15);
  const lines = events.map(
    ({ seq, at, type, data }) => `${seq} ${at} ${type} ${'step' in data ? data.step : ''}`,
  );
  const lease = await store.patient.get(keys.lease(id));
  return [`${id} did not end; its lease is ${lease}.`, ...lines, ...bot.faults()].join('\n');
}
