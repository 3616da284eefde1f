import type { ThreadView } from '../core/card/card.ts';
import { threadIn } from '../core/card/thread-in.ts';
import type { PeopleWithRoles } from '../core/card/words.ts';
import { peopleFor } from '../core/policy/policy.ts';
import { reportAddress } from '../core/report/address.ts';
import { withLiveTail } from '../jobs/live-tail.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { OutageWatch } from './outage.ts';
import type { Pages } from './pages.ts';

/** How a rollout's thread should stand. */
export function viewOf({ store, catalogue, clock }: GatewayParts, pages: Pages, outage: OutageWatch) {
  const people: PeopleWithRoles = (roles, ids) => peopleFor(catalogue.policy())(roles, ids);
  return async (rollout: Rollout, channel: string): Promise<ThreadView> => {
    const { plan, state } = rollout;
    outage.saw(rollout);
    const page = pages.rollout(state.id);
    const links = {
      links: [{ label: 'Details', href: page }],
      atEnd: [{ label: 'Report', href: reportAddress(page, state.id) }],
    };
    const view = threadIn(channel, plan, state, people, clock.now(), links);
    return withLiveTail(rollout, view, store.patientRollouts.tail);
  };
}
