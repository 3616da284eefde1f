import type { ClosingStep, Phase } from '../playbook/playbook.ts';
import type { Plan } from './plan.ts';
import type { RolloutState } from './state.ts';

/** The name of the phase that the steps at hypercare's end make; no phase of a playbook can have it. */
export const closingPhaseName = 'hypercare end';

const known = new WeakMap<Plan, readonly Phase[]>();

/** The steps that run when the hypercare's window is over. */
export function closingSteps(plan: Plan): readonly ClosingStep[] {
  return plan.playbook.hypercare?.end ?? [];
}

/** The phases in the order in which they run; hypercare's end is the last, where the playbook has one. */
export function phasesOf(plan: Plan): readonly Phase[] {
  let phases = known.get(plan);
  if (!phases) {
    const steps = [...closingSteps(plan)];
    const closing = { name: closingPhaseName, title: 'End of hypercare', parallel: false, steps };
    phases = steps.length === 0 ? plan.playbook.phases : [...plan.playbook.phases, closing];
    known.set(plan, phases);
  }
  return phases;
}

/** The phase that the rollout is in: none while hypercare is watched, and after the last. */
export function currentPhase(plan: Plan, { phasesDone, hypercare }: RolloutState): Phase | undefined {
  if (phasesDone.length < plan.playbook.phases.length) return plan.playbook.phases[phasesDone.length];
  return hypercare?.endedAt === undefined ? undefined : phasesOf(plan)[phasesDone.length];
}
