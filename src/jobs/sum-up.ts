import { monitorInputSchema } from '../core/monitor/input.ts';
import { keptSchema } from '../core/monitor/kept.ts';
import { numbersOf } from '../core/monitor/overall.ts';
import type { Fact, WatchNumbers } from '../core/rollout/event.ts';
import { resolveWatch } from '../core/rollout/inputs.ts';
import { type Next, next } from '../core/rollout/next.ts';
import type { Clock } from '../ports/clock.ts';
import type { Journals } from '../ports/journals.ts';
import type { Session } from './session.ts';

type Moment = Extract<Next, { do: 'sum-up' }>['at'];

/** Records how hypercare went so far: at a check-in, or at the end of the window, which is over from then on. */
export type SumUp = (session: Session, at: Moment) => Promise<void>;

/**
 * What the watch measured is read from what it keeps between its looks; where that is lost or can't be read, the
 * moment is recorded without numbers. Nothing is recorded where the window was extended meanwhile, or the rollout is
 * being rolled back.
 */
export function createSumUp(parts: {
  journals: Journals;
  clock: Clock;
  onError(error: unknown): void;
}): SumUp {
  return async (session, at) => {
    const numbers = await read(parts, session).catch((error: unknown) => {
      parts.onError(error);
      return undefined;
    });
    await session.record(({ plan, state }) => {
      const due = next(plan, state, parts.clock.now(), new Set());
      const still = due.do === 'sum-up' && JSON.stringify(due.at) === JSON.stringify(at);
      return { facts: still ? [factOf(at, numbers)] : [] };
    });
  };
}

async function read(
  { journals }: { journals: Journals },
  session: Session,
): Promise<WatchNumbers | undefined> {
  const { plan, state } = session.rollout();
  if (!plan.playbook.hypercare?.watch) return undefined;
  const input = resolveWatch(plan, state);
  const kept = await journals.watch(session.id);
  if (kept === undefined || 'error' in input) return undefined;
  return numbersOf(monitorInputSchema.parse(input.value), keptSchema.parse(kept));
}

function factOf(at: Moment, numbers: WatchNumbers | undefined): Fact {
  const told = numbers === undefined ? {} : { numbers };
  if (at === 'end') return { type: 'hypercare.ended', data: told };
  return { type: 'hypercare.checked', data: { after: at.checkIn, ...told } };
}
