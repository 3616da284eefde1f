import type { Json } from '../json.ts';
import type { Plan } from '../rollout/plan.ts';
import type { RolloutState, StepState } from '../rollout/state.ts';
import { stepsOf } from '../rollout/steps.ts';

/** What expressions of a playbook may read, by name. */
export type Scope = Record<ScopeName, Json>;

/** The names at the root of every playbook's expressions; `secrets` is apart, see `interpolate`. */
export const scopeNames = ['env', 'params', 'target', 'other', 'environment', 'rollout', 'steps'] as const;
export type ScopeName = (typeof scopeNames)[number];

/** The fields of `steps.<id>`. */
export const stepFields = [
  'status',
  'started',
  'succeeded',
  'output',
  'before',
  'attempts',
  'summary',
  'startedAt',
  'endedAt',
] as const;

/** The fields of `rollout`. */
export const rolloutFields = ['id', 'startedBy', 'startedAt'] as const;

/** The other of exactly two targets; null when there are more or fewer. */
export function otherTarget(targets: readonly string[], target: string | null): string | null {
  if (target === null || targets.length !== 2 || !targets.includes(target)) return null;
  return targets.find((one) => one !== target) ?? null;
}

function stepScope(step: StepState | undefined): Record<(typeof stepFields)[number], Json> {
  return {
    status: step?.status ?? 'pending',
    started: step?.started ?? false,
    succeeded: step?.status === 'succeeded',
    output: step?.output ?? null,
    before: step?.before ?? null,
    attempts: step?.attempts ?? 0,
    summary: step?.summary ?? null,
    startedAt: step?.startedAt ?? null,
    endedAt: step?.endedAt ?? null,
  };
}

/** A parameter that was not given is null, so that a playbook can ask for it. */
function namesAsNull(named: Record<string, unknown>): Record<string, null> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, null]));
}

/** What a plan's expressions read while the rollout stands as it does; every field is there, null when unknown. */
export function scopeOf(plan: Plan, state: RolloutState): Scope {
  return {
    env: plan.environment.vars,
    params: { ...namesAsNull(plan.playbook.params), ...plan.params },
    target: plan.target,
    other: otherTarget(plan.playbook.targets, plan.target),
    environment: plan.environment.name,
    rollout: {
      id: state.id,
      startedBy: state.startedBy?.id ?? null,
      startedAt: state.startedAt ?? null,
    },
    steps: Object.fromEntries([...stepsOf(plan).keys()].map((id) => [id, stepScope(state.steps[id])])),
  };
}
