import type { Evidence } from './crashing-evidence.ts';
import { type Course, type Lane, openLane } from './crashing-lane.ts';
import type { Passed, Strike } from './crashing-setup.ts';

/** One kill: in which course, where, and what an undisturbed rollout of that course leaves behind. */
export interface Kill {
  course: Course;
  strike: Strike;
  undisturbed: Evidence;
}

export interface Outcome {
  kill: Kill;
  /** Bots that went down: one, or none when the point was not passed this time. */
  deaths: number;
  milliseconds: number;
  /** How the rollout ended otherwise than an undisturbed one; empty when all is as it should be. */
  differences: string[];
}

export interface Points {
  course: Course;
  undisturbed: Evidence;
  names: string[];
}

/** So many lanes side by side; `CRASH_LANES` says how many on a machine that is busy otherwise. */
export function openLanes(usual: number): Promise<Lane[]> {
  const size = Number(process.env.CRASH_LANES ?? usual);
  return Promise.all(Array.from({ length: size }, openLane));
}

/** Lets a rollout of each course run undisturbed. */
export async function enumerateAll(lanes: readonly Lane[], courses: readonly Course[]): Promise<Points[]> {
  const open = courses.map((course, place) => ({ course, place }));
  const found: Points[] = [];
  const work = async (lane: Lane): Promise<void> => {
    for (let next = open.shift(); next; next = open.shift()) {
      found[next.place] = await enumerate(lane, next.course);
    }
  };
  await Promise.all(lanes.map(work));
  return found;
}

/**
 * Lets a rollout run undisturbed, and lists every point that it passes; of a way back those from the press on. A run
 * in which the machine stood still for so long that steps began anew is no measure, and is repeated.
 */
async function enumerate(lane: Lane, course: Course, tries = 3): Promise<Points> {
  const { evidence, points, deaths } = await lane.run(course, null);
  const begunAnew = points.flat().some((name) => /^append step\.started .* #[2-9]/.test(name));
  if (begunAnew && tries > 1) return enumerate(lane, course, tries - 1);
  if (deaths > 0 || !isGood(course, evidence)) {
    throw new Error(`${course}: the run that nothing disturbed is no measure: ${JSON.stringify(evidence)}`);
  }
  const from = course === 'forward' ? 0 : points.findIndex(([name]) => name?.startsWith('command of dan'));
  return { course, undisturbed: evidence, names: [...new Set(points.slice(from).flatMap(namesOf))] };
}

/** As a rollout should end: each effect once, the thread complete, and nobody asked but for the approval. */
function isGood(course: Course, { status, journal, effects, migrations, thread, asked }: Evidence): boolean {
  const end = course === 'forward' ? 'succeeded' : 'rolled-back';
  const once = [effects, thread].every((list) => list.length > 0 && new Set(list).size === list.length);
  return (
    once &&
    status === end &&
    journal === 'verified' &&
    migrations === 1 &&
    asked.join() === 'approval at approve-switch'
  );
}

/**
 * One name for each point. Where several steps end side by side, their outcomes may stand in one append or in
 * several: each is a point of its own.
 */
function namesOf([first = '', ...others]: Passed): string[] {
  return [first, ...others.filter((name) => name.startsWith('append step.succeeded '))];
}

/** Each point twice: before and after what happens there. */
export function killsOf({ course, undisturbed, names }: Points): Kill[] {
  return names.flatMap((name) => {
    const [point = '', nth = '1'] = name.split(' #');
    return (['before', 'after'] as const).map((when) => ({
      ...{ course, undisturbed },
      strike: { point, nth: Number(nth), when, signal: 'SIGKILL' as const },
    }));
  });
}

/**
 * Does the kills on several lanes side by side, and ends the lanes. One on which something went wrong is replaced by a
 * new one. `left`: processes that outlived their lane.
 */
export async function doAll(
  kills: readonly Kill[],
  lanes: readonly Lane[],
  onOutcome: (outcome: Outcome) => void = () => undefined,
): Promise<{ outcomes: Outcome[]; left: number[] }> {
  const open = [...kills];
  const outcomes: Outcome[] = [];
  const left: number[] = [];
  const work = async (first: Lane): Promise<void> => {
    let lane = first;
    for (let kill = open.shift(); kill; kill = open.shift()) {
      const outcome = await doOne(kill, lane);
      outcomes.push(outcome);
      onOutcome(outcome);
      if (outcome.differences.length === 0) continue;
      left.push(...(await lane.stop()));
      lane = await openLane();
    }
    left.push(...(await lane.stop()));
  };
  await Promise.all(lanes.map(work));
  return { outcomes, left };
}

async function doOne(kill: Kill, lane: Lane): Promise<Outcome> {
  const began = performance.now();
  const run = await lane.run(kill.course, kill.strike).catch((error: unknown) => ({
    deaths: 0,
    fault: error instanceof Error ? error.message : String(error),
  }));
  const differences = 'fault' in run ? [run.fault] : differencesOf(kill.undisturbed, run.evidence);
  return { kill, deaths: run.deaths, milliseconds: performance.now() - began, differences };
}

function differencesOf(wanted: Evidence, found: Evidence): string[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const [was, is] = [JSON.stringify(value), JSON.stringify(found[name as keyof Evidence])];
    return was === is ? [] : [`${name}: ${is} instead of ${was}`];
  });
}

/** What went wrong, in words. */
export function faultsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ differences }) => differences.length > 0)
    .map(({ kill, differences }) => [describeKill(kill), ...differences].join('\n  '));
}

/** A kill in words. */
export function describeKill({ course, strike: { point, nth, when } }: Kill): string {
  return `${course}: ${when} ${point} #${nth}`;
}
