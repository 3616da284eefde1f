import type { Plan } from '../rollout/plan.ts';
import type { RolloutState } from '../rollout/state.ts';
import type { ThreadView } from './card.ts';
import { leftView } from './left.ts';
import { seenFrom } from './seen-from.ts';
import { type ThreadLinks, threadOf } from './thread.ts';
import type { PeopleWithRoles } from './words.ts';

/** The thread of a rollout as it should stand in one channel (`platform:id`), also in one that follows it no longer. */
export function threadIn(
  channel: string,
  plan: Plan,
  state: RolloutState,
  people: PeopleWithRoles,
  now: number,
  links: ThreadLinks = {},
): ThreadView {
  const here = state.channels.find(({ platform, id }) => `${platform}:${id}` === channel);
  if (!here) return leftView(state.id);
  return seenFrom(here.platform, threadOf(plan, state, people, now, links));
}
