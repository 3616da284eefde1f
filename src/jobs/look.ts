import type { Json } from '../core/json.ts';
import type { Chart, Fact } from '../core/rollout/event.ts';
import { resolveWatch } from '../core/rollout/inputs.ts';
import type { Plan } from '../core/rollout/plan.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journals } from '../ports/journals.ts';
import type { Session } from './session.ts';

/** Lets the watch of a rollout's hypercare look once, if it is time. Answers when it looks next (milliseconds). */
export type Look = (session: Session) => Promise<number>;

/** One look of a monitor; see `src/steps/watching`. */
export type Watch = (
  input: Json,
  kept: Json | undefined,
  connections: Plan['environment']['connections'],
  signal: AbortSignal,
) => Promise<{
  kept: Json;
  outcome?: 'passed' | 'failed' | 'inconclusive';
  summary: string;
  chart?: Chart;
  next: number;
}>;

const afterTrouble = 15_000;

export function createLook(parts: {
  journals: Journals;
  clock: Clock;
  watch: Watch;
  onError(error: unknown): void;
}): Look {
  return async (session) => {
    const { plan, state } = session.rollout();
    const input = resolveWatch(plan, state);
    if ('error' in input) return parts.clock.now() + afterTrouble;
    try {
      const kept = await parts.journals.watch(session.id);
      const seen = await parts.watch(input.value, kept, plan.environment.connections, session.signal);
      await parts.journals.keepWatch(session.id, seen.kept);
      await session.record(({ state: now }) => ({
        facts: now.rollback ? [] : findings(plan, now.hypercare?.finding, seen),
      }));
      return seen.next;
    } catch (error) {
      session.signal.throwIfAborted();
      parts.onError(error);
      return parts.clock.now() + afterTrouble;
    }
  };
}

/** What is new: a finding is told once, and once more when it is over. Missing data is neither. */
function findings(plan: Plan, known: object | undefined, seen: Awaited<ReturnType<Watch>>): Fact[] {
  const { outcome, summary, chart } = seen;
  if (outcome === 'passed' && known) return [{ type: 'hypercare.cleared', data: { summary } }];
  if (outcome !== 'failed' || known) return [];
  const noticed: Fact = { type: 'hypercare.noticed', data: { summary, ...(chart ? { chart } : {}) } };
  if (plan.playbook.hypercare?.onFailure !== 'rollback') return [noticed];
  return [noticed, { type: 'rollback.requested', data: { reason: summary } }];
}
