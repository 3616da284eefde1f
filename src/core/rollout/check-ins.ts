import { milliseconds } from '../playbook/duration.ts';
import type { Plan } from './plan.ts';
import type { HypercareState } from './state.ts';

/** How long after hypercare's beginning people asked to be told how it goes: by the playbook or by the policy. */
export function checkInsOf(plan: Plan): readonly string[] {
  const asked = [...(plan.playbook.hypercare?.checkIns ?? []), ...(plan.environment.checkIns ?? [])];
  const at = new Map(asked.map((after) => [milliseconds(after), after]));
  return [...at].sort(([a], [b]) => a - b).map(([, after]) => after);
}

/**
 * The next check-in and its time (milliseconds since the epoch). Of several that are due, as after an outage, the
 * last counts for all; one that would come with the end of the window or after it is left to the report at the end.
 */
export function nextCheckIn(
  plan: Plan,
  { startedAt, until, checkedIn }: HypercareState,
  now: number,
): { after: string; at: number } | undefined {
  const done = checkedIn === undefined ? -1 : milliseconds(checkedIn);
  const began = Date.parse(startedAt);
  const open = checkInsOf(plan)
    .map((after) => ({ after, at: began + milliseconds(after) }))
    .filter(({ after, at }) => milliseconds(after) > done && at < Date.parse(until));
  return open.findLast(({ at }) => at <= now) ?? open[0];
}
