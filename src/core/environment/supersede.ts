import type { Fact } from '../rollout/event.ts';
import type { RolloutState } from '../rollout/state.ts';
import type { EnvironmentFact } from './event.ts';
import type { EnvironmentState } from './state.ts';

/** A rollout whose place in the environment another one takes. */
export interface Supersession {
  older: string;
  by: string;
}

/** Who is superseded when these facts follow this state: the newest rollout before, by the one that claims now. */
export function supersessionBy(
  { newest }: EnvironmentState,
  facts: readonly EnvironmentFact[],
): Supersession | undefined {
  const claim = facts.findLast(({ type }) => type === 'environment.claimed');
  if (claim?.type !== 'environment.claimed' || newest === undefined) return undefined;
  const by = claim.data.rollout;
  return by === newest ? undefined : { older: newest, by };
}

/**
 * What the older rollout's journal gets, in the same atomic step as the claim: from then on it can't be rolled back.
 * Nothing where it couldn't be anyway: its hypercare is over, or it was rolled back.
 */
export function supersede(
  { succeeded, rollback, supersededBy }: RolloutState,
  { by }: Supersession,
): readonly Fact[] {
  const over = succeeded || rollback?.finishedAt !== undefined || supersededBy !== undefined;
  return over ? [] : [{ type: 'rollout.superseded', data: { by } }];
}
