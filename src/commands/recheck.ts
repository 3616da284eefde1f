import type { Policy } from '../core/policy/schema.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rollout, Rollouts } from '../ports/rollouts.ts';
import { standsAgainst } from './obstacles.ts';

export interface RecheckDeps {
  rollouts: Pick<Rollouts, 'environment'>;
  policy(): Policy;
  clock: Clock;
}

/** Looks again, when a scheduled start is due, at what a start by hand looks at. The plan stays as it was pinned. */
export function createRecheck({ rollouts, policy, clock }: RecheckDeps) {
  return async (rollout: Rollout): Promise<{ facts: readonly Fact[] } | { refused: string }> => {
    const environment = await rollouts.environment(rollout.plan.environment.name);
    const refused = standsAgainst(rollout, environment, policy(), clock.now());
    return refused === undefined ? { facts: [] } : { refused };
  };
}
