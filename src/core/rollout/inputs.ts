import type { Json } from '../json.ts';
import { interpolate, interpolateKnown } from '../playbook/expression.ts';
import type { RollbackStep, Step } from '../playbook/playbook.ts';
import { scopeOf } from '../playbook/scope.ts';
import { newState } from './fold.ts';
import type { Plan } from './plan.ts';
import type { RolloutState } from './state.ts';

type Resolved<T> = { value: T } | { error: string };

/** Whether a step's `when` is true now; a step without one always runs. */
export function conditionHolds(
  plan: Plan,
  state: RolloutState,
  step: Step | RollbackStep,
): Resolved<boolean> {
  if (step.when === undefined) return { value: true };
  const resolved = resolve(plan, state, step.when, `when of ${step.id}`);
  if ('error' in resolved) return resolved;
  if (typeof resolved.value === 'boolean') return { value: resolved.value };
  return { error: `when of ${step.id} is ${JSON.stringify(resolved.value)}, neither true nor false` };
}

/** A step's `with`, its expressions replaced by what holds now; secrets stay names. */
export function resolveInput(plan: Plan, state: RolloutState, step: Step | RollbackStep): Resolved<Json> {
  return resolve(plan, state, step.with as Json, `with of ${step.id}`);
}

function resolve(plan: Plan, state: RolloutState, value: Json, where: string): Resolved<Json> {
  if (!JSON.stringify(value).includes('${{')) return { value };
  try {
    return { value: interpolate(value, scopeOf(plan, state)) };
  } catch (cause) {
    return { error: `${where}: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

/** What the watch of the hypercare is given. */
export function resolveWatch(plan: Plan, state: RolloutState): Resolved<Json> {
  const watch = plan.playbook.hypercare?.watch;
  return watch ? resolve(plan, state, watch.with as Json, 'hypercare.watch') : { error: 'no watch' };
}

/**
 * The labels that an alert must have to belong to the rollout. An error where one of them has no value now: an alert is
 * never taken for a rollout's by what is missing.
 */
export function resolveLabels(plan: Plan, state: RolloutState): Resolved<Record<string, string>> {
  const labels = plan.playbook.hypercare?.labels ?? {};
  const resolved = resolve(plan, state, labels, 'hypercare.labels');
  if ('error' in resolved) return resolved;
  const value: Record<string, string> = {};
  for (const [name, found] of Object.entries(resolved.value ?? {})) {
    if (found === null || typeof found === 'object' || found === '')
      return { error: `hypercare.labels: ${name} has no value` };
    value[name] = String(found);
  }
  return { value };
}

/** As much of a `with` as is known before the start; what the rollout and its steps give stays an expression. */
export function resolveKnown(plan: Plan, value: Json): Json {
  const { steps: _s, rollout: _r, ...known } = scopeOf(plan, newState(plan));
  return interpolateKnown(value, known);
}
