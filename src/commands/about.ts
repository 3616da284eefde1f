import { actionsOf } from '../core/card/actions.ts';
import { tell } from '../core/card/telling.ts';
import { peopleFor } from '../core/policy/policy.ts';
import type { Channel } from '../core/rollout/actor.ts';
import type { Incoming, Reply } from '../ports/chat.ts';
import type { AskAbout } from '../ports/overview.ts';
import type { Rollout } from '../ports/rollouts.ts';
import type { InboxDeps, Scene } from './call.ts';
import { calmReplies, whoIs } from './inbox.ts';
import { listed, statusCard, underWayHere } from './look.ts';
import { refusalReply } from './reply.ts';
import { unknownPerson } from './strangers.ts';

export interface AboutDeps extends InboxDeps {
  /** The rollout whose thread begins with this message. */
  rolloutAt(channel: Channel, root: string): Promise<string | undefined>;
}

/**
 * Answers a person who points at a message: with the rollout whose thread it stands in, as its root card shows it;
 * elsewhere with what is under way in this room, so that it can be rolled back because of that message.
 */
export function createAskAbout(deps: AboutDeps): AskAbout {
  const calmly = calmReplies(deps);
  return (who, { root }) => {
    const incoming = { ...who, text: 'status' };
    return calmly(incoming, () => answer(deps, incoming, root));
  };
}

async function answer(deps: AboutDeps, incoming: Incoming, root: string): Promise<Reply> {
  const policy = deps.policy();
  const { channel } = incoming;
  const person = whoIs(incoming, policy);
  if (person === undefined) return refusalReply(await unknownPerson(incoming, undefined, deps));
  const scene: Scene = {
    asked: {
      person: { kind: 'person', id: person.id, name: person.name, via: channel.platform },
      policy,
      now: deps.clock.now(),
    },
    incoming,
    deps,
  };
  const id = await deps.rolloutAt(channel, root);
  const rollout = id === undefined ? undefined : await deps.rollouts.find(id);
  return rollout ? statusCard(scene, rollout) : underWay(scene, await underWayHere(scene));
}

function underWay(scene: Scene, rollouts: readonly Rollout[]) {
  const [only, second] = rollouts;
  if (only && !second) return statusCard(scene, only);
  const reply = listed(scene, 'Under way here', rollouts);
  const actions = rollouts.slice(0, 10).flatMap(({ plan, state }) => {
    const telling = tell(plan, state, peopleFor(scene.asked.policy), scene.asked.now);
    const back = actionsOf(telling).find(({ command }) => command.startsWith('rollback '));
    return back ? [{ ...back, label: `Roll back ${state.id}` }] : [];
  });
  return { ...reply, card: { ...reply.card, actions } };
}
