import type { Json } from '../core/json.ts';
import type { Chart, Fact } from '../core/rollout/event.ts';
import { resolveWatch } from '../core/rollout/inputs.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { RolloutState } from '../core/rollout/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { WatchNotes } from '../ports/journals.ts';
import type { Session } from './session.ts';

/**
 * Lets the watch of a rollout's hypercare look once, if it is time. Answers when it looks next (milliseconds).
 * Throws when the signal aborts.
 */
export type Look = (session: Session, signal: AbortSignal) => Promise<number>;

/** One look of a monitor; see `src/steps/watching`. */
export type Watch = (
  input: Json,
  kept: Json | undefined,
  connections: Plan['environment']['connections'],
  signal: AbortSignal,
) => Promise<{
  kept: Json;
  /** `fail` from the failure limit of the playbook on, until enough cycles in a row have passed: then `pass`. */
  verdict: 'ongoing' | 'pass' | 'fail' | 'inconclusive';
  summary: string;
  chart?: Chart;
  next: number;
}>;

const afterTrouble = 15_000;

export function createLook(parts: {
  journals: WatchNotes;
  clock: Clock;
  watch: Watch;
  onError(error: unknown): void;
}): Look {
  return async (session, signal) => {
    const { plan, state } = session.rollout();
    try {
      const input = resolveWatch(plan, state);
      if ('error' in input) throw new Error(`${session.id}: the watch can't look: ${input.error}`);
      const kept = await parts.journals.watch(session.id);
      const seen = await parts.watch(input.value, kept, plan.environment.connections, signal);
      signal.throwIfAborted();
      await parts.journals.keepWatch(session.id, seen.kept);
      await tell(session, seen, signal);
      return seen.next;
    } catch (error) {
      signal.throwIfAborted();
      parts.onError(error);
      return parts.clock.now() + afterTrouble;
    }
  };
}

type Seen = Awaited<ReturnType<Watch>>;

/** Records what is new. A rollback claims the environment again; where a newer rollout has it, people are only told. */
async function tell(session: Session, seen: Seen, signal: AbortSignal): Promise<void> {
  const answer = await session.record(({ plan, state }) => {
    const facts = signal.aborted || !isWatched(state) ? [] : findings(state.hypercare?.finding, seen);
    if (plan.playbook.hypercare?.onFailure !== 'rollback' || !facts.some(isTrouble)) return { facts };
    const back: Fact = { type: 'rollback.requested', data: { reason: seen.summary } };
    return { facts: [...facts, back], environment: 'reclaim' };
  });
  if (answer !== 'busy') return;
  const summary = `${seen.summary}; not rolled back, because a newer rollout has claimed the environment`;
  await session.record(({ state }) => ({
    facts: isWatched(state) ? findings(state.hypercare?.finding, { ...seen, summary }) : [],
  }));
}

function isWatched({ hypercare, rollback, aborted, succeeded }: RolloutState): boolean {
  const open = hypercare !== undefined && hypercare.endedAt === undefined;
  return open && !rollback && !aborted && !succeeded;
}

function isTrouble({ type }: Fact): boolean {
  return type === 'hypercare.noticed';
}

/** A finding is told once, and once more when it is over. Missing data is neither. */
function findings(known: object | undefined, { verdict, summary, chart }: Seen): Fact[] {
  if (verdict === 'pass' && known) return [{ type: 'hypercare.cleared', data: { summary } }];
  if (verdict !== 'fail' || known) return [];
  return [{ type: 'hypercare.noticed', data: { summary, ...(chart ? { chart } : {}) } }];
}
