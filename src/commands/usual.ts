import type { Milliseconds } from '../core/playbook/duration.ts';
import { median } from '../core/report/durations.ts';
import type { Rollout } from '../ports/rollouts.ts';

/** The median of how long the last five successful runs of a playbook took, hypercare left out; `rollouts` are newest first. */
export function medianOfRuns(rollouts: readonly Rollout[], playbook: string): Milliseconds | undefined {
  const durations = rollouts
    .filter(({ plan, state }) => plan.playbook.name === playbook && state.succeeded)
    .flatMap((rollout) => durationOf(rollout) ?? [])
    .slice(0, 5);
  return median(durations);
}

/** From the start to the end of the last phase, or to whatever end it had. */
export function durationOf({ state }: Rollout): Milliseconds | undefined {
  const end = state.hypercare?.startedAt ?? state.endedAt;
  if (state.startedAt === undefined || end === undefined) return undefined;
  return Date.parse(end) - Date.parse(state.startedAt);
}
