import type { Fact } from '../core/rollout/event.ts';
import { leftBehind } from '../core/rollout/left-behind.ts';
import { next } from '../core/rollout/next.ts';
import { type Turn, turn } from '../core/rollout/turn.ts';
import type { Clock } from '../ports/clock.ts';
import { type Carrying, LeaseLost } from '../ports/journals.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';
import type { Launch } from './launch.ts';
import type { Look } from './look.ts';
import type { Perform } from './perform.ts';
import { type Entry, openSession, type Session } from './session.ts';
import type { SumUp } from './sum-up.ts';
import type { TakeBack } from './take-back.ts';
import { createTasks, type Tasks } from './tasks.ts';

export interface AdvanceParts {
  journals: Carrying;
  clock: Clock;
  onChange: Rollouts['onChange'];
  perform: Perform;
  launch: Launch;
  look: Look;
  sumUp: SumUp;
  takeBack: TakeBack;
}

/** Carries one rollout on. `stopping`: begins nothing more, and leaves the rollout to others once its steps have ended. */
export type Advance = (id: string, stopping?: AbortSignal) => Promise<void>;

/** The look of the hypercare watch among the tasks; no step has a name with a dot. */
const watchTask = 'hypercare.watch';

/**
 * Carries a rollout on as far as it goes: takes the lease, does what `next` says, and gives the lease back when
 * there is nothing to do. Returns at once when another worker is at it. Safe to call at any time, any number of
 * times: what is to be done comes from the journal alone.
 */
export function createAdvance(parts: AdvanceParts): Advance {
  return async (id, stopping) => {
    const session = await openSession(parts.journals, parts.clock, id);
    if (!session) return;
    const tasks = createTasks();
    const stopListening = parts.onChange((changed, seq) => {
      if (changed === id && seq > session.rollout().state.seq) tasks.stir();
    });
    stopping?.addEventListener('abort', tasks.stir);
    try {
      await drive(session, tasks, parts, stopping);
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error;
    } finally {
      stopListening();
      stopping?.removeEventListener('abort', tasks.stir);
      await tasks.clear(new LeaseLost(id));
      session.close();
    }
  };
}

async function drive(
  session: Session,
  tasks: Tasks,
  parts: AdvanceParts,
  stopping: AbortSignal | undefined,
): Promise<void> {
  let nextLook = 0;
  const takenBack = new Set<string>();
  for (;;) {
    if (stopping?.aborted) return handOver(session, tasks, parts);
    const leftovers = (rollout: Rollout) =>
      leftBehind(rollout).filter((step) => !takenBack.has(step) && !tasks.isAtWork(step));
    await endLeftovers(session, leftovers(session.rollout()), parts.takeBack, takenBack);
    const decided = await takeTurn(session, tasks, parts.clock, leftovers);
    if (decided === undefined) continue;
    switch (decided.do) {
      case 'work':
        for (const work of decided.work) {
          tasks.begin(work.step, session.signal, (signal) => parts.perform(session, work, signal));
        }
        break;
      case 'stop':
        await tasks.clear(new Error(decided.why));
        await session.fence();
        break;
      case 'launch':
        await parts.launch(session);
        break;
      case 'look':
        if (tasks.idle() && nextLook <= parts.clock.now()) {
          tasks.begin(watchTask, session.signal, async (signal) => {
            nextLook = await parts.look(session, signal);
            return [];
          });
        }
        if (await pause(session, tasks, Math.min(decided.until, nextLook), parts)) return;
        break;
      case 'sum-up':
        await parts.sumUp(session, decided.at);
        break;
      case 'rest':
        if (await pause(session, tasks, decided.until, parts)) return;
    }
  }
}

/**
 * Ends what overtaken steps may have left at work, all of them side by side and each once. A rollback's own steps come
 * after it, so it is short; what is at work here is stopped first, and comes then.
 */
async function endLeftovers(
  session: Session,
  steps: readonly string[],
  takeBack: TakeBack,
  done: Set<string>,
): Promise<void> {
  if (steps.length === 0) return;
  const facts = await Promise.all(steps.map((step) => takeBack(session, step)));
  for (const step of steps) done.add(step);
  await session.record((rollout) => ({ facts: facts.flat().filter((fact) => isAwaited(rollout, fact)) }));
}

/** When a claim was refused, the rollout is looked at again after so many milliseconds. */
const afterBusy = 1_000;

/**
 * Records all that can be recorded now in one append, and says what comes then. Where the environment can't be claimed,
 * a newer rollout has it: what came out of the steps is kept, and the next turn knows of that rollout. Undefined where
 * it turns out that steps were overtaken and left something behind: that is ended before anything else.
 */
async function takeTurn(
  session: Session,
  tasks: Tasks,
  clock: Clock,
  leftovers: (rollout: Rollout) => readonly string[],
): Promise<Turn['next'] | undefined> {
  const { outcomes, atWork } = tasks.collect();
  let decided: Turn['next'] | undefined;
  const open = (rollout: Rollout) => outcomes.filter((fact) => isAwaited(rollout, fact));
  const recorded = await session.record((rollout): Entry => {
    decided = undefined;
    if (leftovers(rollout).length > 0) return { facts: open(rollout) };
    const { next, ...taken } = turn(rollout, open(rollout), clock.now(), session.epoch(), atWork);
    decided = next;
    return taken;
  });
  if (recorded === 'recorded') return decided;
  await session.record((rollout) => ({ facts: open(rollout) }));
  await session.refresh();
  return { do: 'rest', until: clock.now() + afterBusy };
}

/**
 * An outcome counts as long as the journal still waits for it. A question about a plan that was revised meanwhile does
 * not: the step is done over, and asks about the plan in force.
 */
function isAwaited({ state }: Rollout, fact: Fact): boolean {
  if (!('step' in fact.data)) return true;
  if (isOutdatedQuestion(state, fact)) return false;
  const step = state.steps[fact.data.step];
  return step?.status === 'running' || step?.status === 'waiting';
}

function isOutdatedQuestion({ planAt, digest }: Rollout['state'], fact: Fact): boolean {
  const waiting = fact.type === 'step.waiting' ? fact.data.waiting : undefined;
  return waiting?.for === 'approval' && planAt > 1 && waiting.digest !== digest;
}

/** Waits while steps are at work; otherwise gives the lease back. True when this worker is done with the rollout. */
async function pause(
  session: Session,
  tasks: Tasks,
  until: number | undefined,
  parts: AdvanceParts,
): Promise<boolean> {
  if (tasks.idle()) {
    if (await session.rest(until)) return true;
    await session.refresh();
  } else await workOn(session, tasks, until, parts);
  return false;
}

/** Waits until something happens, or it is time; in any case looks for what was written before the lease runs out. */
async function workOn(
  session: Session,
  tasks: Tasks,
  until: number | undefined,
  parts: AdvanceParts,
): Promise<void> {
  const longest = parts.journals.leaseTime / 3;
  const now = parts.clock.now();
  const limit = until === undefined || until <= now ? longest : Math.min(longest, until - now);
  const news = await tasks.stirred(limit);
  session.signal.throwIfAborted();
  if (news) await session.refresh();
}

/** Lets the steps that are at work end, unless somebody stops them, records what comes out, and gives the lease back. */
async function handOver(session: Session, tasks: Tasks, parts: AdvanceParts): Promise<void> {
  for (;;) {
    const { outcomes, atWork } = tasks.collect();
    await session.record((rollout) => ({ facts: outcomes.filter((fact) => isAwaited(rollout, fact)) }));
    const { plan, state } = session.rollout();
    const decided = next(plan, state, parts.clock.now(), atWork);
    if (decided.do === 'stop') await tasks.clear(new Error(decided.why));
    if (!tasks.idle()) await workOn(session, tasks, undefined, parts);
    else if (await session.rest(parts.clock.now())) return;
    else await session.refresh();
  }
}
