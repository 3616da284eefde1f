import { holdsAnyRight } from '../core/policy/policy.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Channel } from '../core/rollout/actor.ts';
import { isEnded } from '../core/rollout/status.ts';
import type { Reply } from '../ports/chat.ts';
import type { Decision, Rollout } from '../ports/rollouts.ts';
import { type Asked, whoCanInstead } from './asked.ts';
import { type Call, linksTo, onRollout } from './call.ts';
import { reply } from './reply.ts';
import { wrongState } from './standing.ts';

/** A rollout is told in so many rooms at most: each of them is written to at each step. */
export const mostRooms = 10;

export function follow(call: Call<'follow'>): Promise<Reply> {
  const { command, incoming } = call;
  return onRollout(
    call,
    command.id,
    (asked, rollout) => decideFollow(incoming.channel, asked, rollout),
    () =>
      reply(`✓ ${command.id} is followed here`, ['Its thread begins here in a moment.'], {
        tone: 'good',
        links: linksTo(call, command.id),
      }),
  );
}

export function unfollow(call: Call<'unfollow'>): Promise<Reply> {
  const { command, incoming } = call;
  return onRollout(
    call,
    command.id,
    (asked, rollout) => decideUnfollow(incoming.channel, asked, rollout),
    () => reply(`✓ ${command.id} is no longer followed here`, [], { tone: 'good' }),
  );
}

/**
 * Lets a room follow a rollout. Closed by default: what stands in a rollout's thread is shown to a room that the
 * policy names, or by somebody who may do something in that environment.
 */
export function decideFollow(channel: Channel, asked: Asked, rollout: Rollout): Decision {
  const { state, plan } = rollout;
  const what = `${state.id} is not followed here.`;
  const status = `See how it stands with \`/rollout status ${state.id}\`.`;
  if (channel.platform === 'cli') {
    return { refusal: refuse('bad-input', what, 'The command line is no room that stays open.', status) };
  }
  if (isFollowing(rollout, channel)) {
    return { refusal: refuse('already-answered', what, 'This room follows it already.', status) };
  }
  if (isEnded(plan, state)) return { refusal: wrongState(rollout, asked, what, status) };
  const refusal = isNamed(channel, asked) ? undefined : withoutRight(asked, rollout, what, channel);
  if (refusal) return { refusal };
  if (state.channels.length >= mostRooms) {
    const next = `Let another room go: type \`/rollout unfollow ${state.id}\` there.`;
    return { refusal: refuse('bad-input', what, `${mostRooms} rooms follow it, which is the most.`, next) };
  }
  return { facts: [{ type: 'rollout.followed', data: { channel } }] };
}

/** Lets a room go. The last one stays: a rollout that nobody is told of would go on unseen. */
export function decideUnfollow(channel: Channel, asked: Asked, rollout: Rollout): Decision {
  const { state } = rollout;
  const what = `${state.id} is followed here as before.`;
  const status = `See how it stands with \`/rollout status ${state.id}\`.`;
  if (!isFollowing(rollout, channel)) {
    const why = 'This room does not follow it.';
    return { refusal: refuse('wrong-state', `${state.id} is not followed here.`, why, status) };
  }
  const refusal = withoutRight(asked, rollout, what);
  if (refusal) return { refusal };
  if (state.channels.length === 1) {
    const next = `Type \`/rollout follow ${state.id}\` in another room first.`;
    return { refusal: refuse('wrong-state', what, 'No other room follows it.', next) };
  }
  return { facts: [{ type: 'rollout.unfollowed', data: { channel } }] };
}

function isFollowing({ state }: Rollout, { platform, id }: Channel): boolean {
  return state.channels.some((channel) => channel.platform === platform && channel.id === id);
}

function isNamed({ platform, id }: Channel, { policy }: Asked): boolean {
  return Object.hasOwn(policy.channels, `${platform}:${id}`);
}

function withoutRight(
  { policy, person }: Asked,
  { plan }: Rollout,
  what: string,
  channel?: Channel,
): Refusal | undefined {
  const { name } = plan.environment;
  if (holdsAnyRight(policy, name, person.id)) return undefined;
  const unnamed = channel
    ? `, and the policy does not name the room \`${channel.platform}:${channel.id}\``
    : '';
  const others = whoCanInstead(policy, name, 'operate');
  return refuse('not-allowed', what, `You have no right in ${name}${unnamed}.`, others);
}
