import type { Caller } from '../../ports/service.ts';
import type { StepContext } from '../../ports/step.ts';

/** For whom a step calls a service. */
export function callerOf({ rollout, step, epoch }: StepContext<unknown>): Caller {
  return { rollout: rollout.id, step: step.id, epoch };
}
