import type { EnvironmentState } from '../core/environment/state.ts';
import type { Reply } from '../ports/chat.ts';
import { type Asked, time } from './asked.ts';
import { type Call, environmentNames, type Scene } from './call.ts';
import {
  decideFreeze,
  decideLock,
  decideThaw,
  decideUnlock,
  type EnvironmentDecision,
  unknownEnvironment,
  unknownFreeze,
} from './environments.ts';
import { refusalReply, reply } from './reply.ts';

/** Records what is decided about an environment that exists. */
async function onEnvironment(
  scene: Scene,
  name: string,
  what: string,
  decide: (asked: Asked, environment: EnvironmentState) => EnvironmentDecision,
  say: (environment: EnvironmentState) => string,
): Promise<Reply> {
  const { asked, deps } = scene;
  const unknown = unknownEnvironment(name, environmentNames(scene), what);
  if (unknown) return refusalReply(unknown);
  const recorded = await deps.rollouts.recordEnvironment(name, asked.person, (environment) =>
    decide({ ...asked, now: deps.clock.now() }, environment),
  );
  if ('refusal' in recorded) return refusalReply(recorded.refusal);
  return reply(`✓ ${say(recorded.environment)}`, [], { tone: 'good' });
}

export function lock(call: Call<'lock'>): Promise<Reply> {
  const { env } = call.command;
  const decide = (asked: Asked, environment: EnvironmentState) =>
    decideLock(call.command, asked, environment);
  return onEnvironment(call, env, `${env} was not locked.`, decide, () => `${env} is locked`);
}

export function unlock(call: Call<'unlock'>): Promise<Reply> {
  const { env } = call.command;
  const decide = (asked: Asked, environment: EnvironmentState) =>
    decideUnlock(call.command, asked, environment);
  return onEnvironment(call, env, `${env} was not unlocked.`, decide, () => `${env} is unlocked`);
}

export function freezeAdd(call: Call<'freeze add'>): Promise<Reply> {
  const { env } = call.command;
  const decide = (asked: Asked, environment: EnvironmentState) =>
    decideFreeze(call.command, asked, environment);
  return onEnvironment(call, env, `${env} was not frozen.`, decide, ({ freezes }) => {
    const added = freezes.at(-1);
    const span = added ? ` from ${time(call.asked, added.from)} to ${time(call.asked, added.to)}` : '';
    return `${env} is frozen${span}; remove it with \`/rollout freeze remove ${added?.id}\``;
  });
}

/** Removes a window by its id, whichever environment it is in. */
export async function freezeRemove(call: Call<'freeze remove'>): Promise<Reply> {
  const { freeze } = call.command;
  const { rollouts } = call.deps;
  const states = await Promise.all(environmentNames(call).map((name) => rollouts.environment(name)));
  const home = states.find(({ freezes }) => freezes.some(({ id }) => id === freeze));
  if (home === undefined) {
    const added = states.flatMap(({ freezes }) => freezes);
    return refusalReply(unknownFreeze(freeze, call.asked.policy, added));
  }
  const decide = (asked: Asked, environment: EnvironmentState) =>
    decideThaw(call.command, asked, environment);
  return onEnvironment(call, home.name, `${freeze} was not removed.`, decide, () => `${freeze} is removed`);
}
