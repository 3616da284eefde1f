import type { Folded } from './fold.ts';
import type { RolloutState } from './state.ts';

/**
 * Steps that a rollback or an abort overtook and that may have left something at work: they had begun, and did not
 * end well. None once the rollback's own steps have begun: what was to be ended is ended before.
 */
export function leftBehind({ plan, state }: Folded): string[] {
  const undoing = new Set(plan.playbook.rollback.map(({ id }) => id));
  const begun = Object.entries(state.steps).filter(([, { started }]) => started);
  if (!isBeingLeft(state) || begun.some(([id]) => undoing.has(id))) return [];
  return begun.flatMap(([id, { status }]) =>
    status === 'succeeded' || status === 'skipped' || status === 'pending' ? [] : [id],
  );
}

function isBeingLeft({ rollback, aborted, released }: RolloutState): boolean {
  if (rollback) return rollback.finishedAt === undefined;
  return aborted !== undefined && !released;
}

/** Why a step did not go on, in words. */
export function whyInterrupted({ rollback }: RolloutState): string {
  return rollback ? 'Interrupted by the rollback' : 'Interrupted: the rollout was aborted';
}
