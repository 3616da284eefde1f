import { wellFormed } from '../core/json.ts';
import type { Fact } from '../core/rollout/event.ts';
import { whyInterrupted } from '../core/rollout/left-behind.ts';
import { stepsOf } from '../core/rollout/steps.ts';
import { shown } from '../core/step/shown.ts';
import type { StepKind } from '../ports/step.ts';
import { type ContextParts, contextFor } from './context.ts';
import { endingWith, messageOf } from './observe.ts';
import type { Session } from './session.ts';

/**
 * Ends what a step that was left behind may still have at work. Answers its interruption with what was ended, for a
 * step that the journal has no outcome of; never throws but when the lease is lost.
 */
export type TakeBack = (session: Session, step: string) => Promise<readonly Fact[]>;

export interface TakeBackParts extends ContextParts {
  kinds: ReadonlyMap<string, StepKind>;
}

/** Milliseconds: a rollback waits for it, so it asks and doesn't wait until all is gone. */
const longest = 4_000;

export function createTakeBack(parts: TakeBackParts): TakeBack {
  return async (session, id) => {
    const { plan, state } = session.rollout();
    const uses = stepsOf(plan).get(id)?.step.uses;
    const kind = uses === undefined ? undefined : parts.kinds.get(uses);
    if (kind?.takeBack === undefined) return [];
    const ended = await endLeftovers(parts, session, kind, id);
    const status = state.steps[id]?.status;
    if (ended === undefined || (status !== 'running' && status !== 'waiting')) return [];
    const why = `${whyInterrupted(state)}. ${ended}`;
    return [wellFormed(parts.redact({ type: 'step.interrupted', data: { step: id, why } }))];
  };
}

/** What was ended, in words; also where that is not known. */
async function endLeftovers(
  parts: TakeBackParts,
  session: Session,
  kind: StepKind,
  id: string,
): Promise<string | undefined> {
  const limit = AbortSignal.timeout(longest);
  const stop = AbortSignal.any([session.signal, limit]);
  try {
    const context = (await contextFor(parts, session, kind, id))(stop);
    const ended = await endingWith(stop, kind.takeBack?.(context, stop) ?? Promise.resolve(undefined), 0);
    if (ended !== undefined) context.tail(ended);
    return ended;
  } catch (error) {
    session.signal.throwIfAborted();
    const why = limit.aborted ? `nothing answered within ${longest / 1_000} s` : messageOf(error);
    return `What it began may still be at work: it could not be ended (${shown(why, 300)})`;
  }
}
