import type { ClosingStep, RollbackStep, Step } from '../playbook/playbook.ts';
import { closingSteps } from './phases.ts';
import type { Plan } from './plan.ts';
import type { RolloutState, StepState } from './state.ts';

/** Whether a failure of this step lets the rollout go on: as the playbook says, or as an approval at hypercare's end. */
export function isLetPass(plan: Plan, step: Step | RollbackStep): boolean {
  return step.onFailure === 'continue' || isClosingApproval(plan, step.id);
}

/** The watched window is over, and the steps at its end are under way. */
export function isClosing({ hypercare, rollback, aborted, succeeded }: RolloutState): boolean {
  return hypercare?.endedAt !== undefined && !rollback && !aborted && !succeeded;
}

/** An approval at hypercare's end: that it is not given is an answer, and stops nothing. */
export function isClosingApproval(plan: Plan, id: string): boolean {
  return closingSteps(plan).some((step) => step.id === id && step.uses === 'approval');
}

/**
 * The step at hypercare's end that took away what a rollback goes back to, once it has begun: whether it took effect
 * or not, from then on the rollout can't be rolled back.
 */
export function endOfRollback(
  plan: Plan,
  state: RolloutState,
): { step: ClosingStep; at: string } | undefined {
  const step = closingSteps(plan).find(({ id, endsRollback }) => endsRollback && state.steps[id]?.started);
  const at = step && state.steps[step.id]?.startedAt;
  return step && at !== undefined ? { step, at } : undefined;
}

/** Why a step at hypercare's end that has not begun, or waits for people, is not to run; undefined when it is. */
export function whyLeftOut(plan: Plan, state: RolloutState, step: ClosingStep): string | undefined {
  const status = state.steps[step.id]?.status;
  if (step.always || (status !== 'pending' && !(status === 'waiting' && step.uses === 'approval')))
    return undefined;
  if (state.supersededBy !== undefined)
    return `Left as it is: ${state.supersededBy} has changed ${plan.environment.name} since`;
  const steps = closingSteps(plan);
  const refused = steps
    .slice(0, steps.indexOf(step))
    .find(({ id, uses }) => uses === 'approval' && state.steps[id]?.status === 'failed');
  if (!refused) return undefined;
  return `Left as it is: ${refused.name ?? refused.id} was not approved`;
}

/** Whether the environment's claim has to be taken back, or given back, before the loop does this work. */
export function claimAround(
  plan: Plan,
  state: RolloutState,
  starting: ReadonlySet<string>,
): 'reclaim' | 'release' | undefined {
  if (state.hypercare?.endedAt === undefined || state.rollback || state.aborted) return undefined;
  const needed = closingSteps(plan).some(
    (step) => holdsClaim(step) && (starting.has(step.id) || isUnderWay(plan, step, state.steps[step.id])),
  );
  if (needed === !state.released) return undefined;
  return needed ? 'reclaim' : 'release';
}

/** People may take hours over an approval: other rollouts need not wait for it. */
function holdsClaim({ always, uses }: ClosingStep): boolean {
  return !always && uses !== 'approval';
}

function isUnderWay(plan: Plan, step: ClosingStep, now: StepState | undefined): boolean {
  switch (now?.status) {
    case 'running':
    case 'waiting':
    case 'in-doubt':
      return true;
    case 'failed':
      return !isLetPass(plan, step);
    case 'pending':
      return now.notBefore !== undefined;
    default:
      return false;
  }
}
