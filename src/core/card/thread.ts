import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import type { Card, ThreadView } from './card.ts';
import { repliesOf } from './replies.ts';
import { rootCard } from './root.ts';
import { tell } from './telling.ts';
import type { PeopleWithRoles } from './words.ts';

/** Links that lead out of the thread. */
export interface ThreadLinks {
  /** Under the root card. */
  links?: Card['links'];
  /** Under the cards that tell of the end, the root among them. */
  atEnd?: Card['links'];
}

/**
 * The thread of a rollout as it should stand now: pure, and the same for the same state. `now` (milliseconds
 * since the epoch) shows only when a rollout takes far longer than usual. `people` names who holds a role.
 */
export function threadOf(
  plan: Plan,
  state: RolloutState,
  people: PeopleWithRoles,
  now: number,
  { links = [], atEnd = [] }: ThreadLinks = {},
): ThreadView {
  const telling = tell(plan, state, people, now, atEnd);
  // Not `state.seq`: events that change nothing on the card must not make it another card.
  const drawnAt = state.milestones.at(-1)?.seq ?? 1;
  const root = rootCard(telling);
  return { root: { ...root, links: [...links, ...root.links], drawnAt }, replies: repliesOf(telling) };
}
