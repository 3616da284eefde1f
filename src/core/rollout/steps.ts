import type { Phase, RollbackStep, Step } from '../playbook/playbook.ts';
import { phasesOf } from './phases.ts';
import type { Plan } from './plan.ts';

/** A step with its place in the plan. Rollback steps stand in no phase. */
export interface PlacedStep {
  step: Step | RollbackStep;
  phase: Phase | null;
}

const indexes = new WeakMap<Plan, ReadonlyMap<string, PlacedStep>>();

/** Every step of a plan by id, in the order in which they run; the rollback list last. */
export function stepsOf(plan: Plan): ReadonlyMap<string, PlacedStep> {
  let index = indexes.get(plan);
  if (!index) {
    index = indexSteps(plan);
    indexes.set(plan, index);
  }
  return index;
}

function indexSteps(plan: Plan): ReadonlyMap<string, PlacedStep> {
  const { rollback } = plan.playbook;
  const placed = phasesOf(plan).flatMap((phase) => phase.steps.map((step): PlacedStep => ({ step, phase })));
  const undo = rollback.map((step): PlacedStep => ({ step, phase: null }));
  return new Map([...placed, ...undo].map((entry) => [entry.step.id, entry]));
}

/** What people call a step. */
export function stepName(plan: Plan, id: string): string {
  return stepsOf(plan).get(id)?.step.name ?? id;
}
