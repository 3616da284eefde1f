import { list, nameOf } from '../core/card/words.ts';
import type { EnvironmentFact } from '../core/environment/event.ts';
import type { EnvironmentState, Freeze } from '../core/environment/state.ts';
import { suggestion } from '../core/nearest.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import { iso } from '../ports/clock.ts';
import { type Asked, lacking, time } from './asked.ts';
import { didAlready } from './course.ts';
import type { CommandOf } from './grammar.ts';
import { type Meant, meant, type When } from './when.ts';

/** What an environment's own journal is to say, or why not. */
export type EnvironmentDecision = { facts: readonly EnvironmentFact[] } | { refusal: Refusal };

/** Refuses an environment that nobody configured; `known` are all there are. */
export function unknownEnvironment(
  name: string,
  known: readonly string[],
  what: string,
): Refusal | undefined {
  if (known.includes(name)) return undefined;
  const hint = suggestion(name, known);
  const next =
    hint === undefined ? 'Add it to environments.yaml.' : `${hint.charAt(0).toUpperCase()}${hint.slice(1)}`;
  return refuse('bad-input', what, `There is no environment \`${name}\`.`, next);
}

export function decideLock(
  { env, reason }: CommandOf<'lock'>,
  asked: Asked,
  { lock }: EnvironmentState,
): EnvironmentDecision {
  const what = `${env} was not locked.`;
  const refusal = lacking(asked, env, 'lock', what);
  if (refusal) return { refusal };
  if (!lock) return { facts: [{ type: 'environment.locked', data: { reason } }] };
  const next = `Take that lock off first: \`/rollout unlock ${env} <reason>\`.`;
  return { refusal: didAlready(asked, what, `locked it (“${lock.reason}”)`, lock, next) };
}

export function decideUnlock(
  { env, reason }: CommandOf<'unlock'>,
  asked: Asked,
  { lock }: EnvironmentState,
): EnvironmentDecision {
  const what = `${env} was not unlocked.`;
  const refusal = lacking(asked, env, 'lock', what);
  if (refusal) return { refusal };
  if (lock) {
    return { facts: [{ type: 'environment.unlocked', data: reason === undefined ? {} : { reason } }] };
  }
  return {
    refusal: refuse('wrong-state', what, `${env} is not locked.`, 'See what is with `/rollout locks`.'),
  };
}

/** The longest window that chat may add; longer ones belong into the policy, where they are reviewed. */
const longestFreeze = 92 * 86_400_000;

/** Adds a window; its times are read in the policy's time zone. */
export function decideFreeze(
  command: CommandOf<'freeze add'>,
  asked: Asked,
  environment: EnvironmentState,
): EnvironmentDecision {
  const { env, reason } = command;
  const what = `${env} was not frozen.`;
  const refusal = lacking(asked, env, 'lock', what);
  if (refusal) return { refusal };
  const from = meant(command.from, asked.policy.timezone, asked.now);
  const to = endOf(command.to, asked, 'at' in from ? from.at : asked.now);
  const bad = (why: string) => ({
    refusal: refuse('bad-input', what, why, 'Give another time, such as 2026-11-24T08:00 or +2h.'),
  });
  if ('fault' in from) return bad(from.fault);
  if ('fault' in to) return bad(to.fault);
  if (to.at <= from.at) return bad('The window would end before it begins.');
  if (to.at <= asked.now) return bad('The window is over already.');
  if (to.at - from.at > longestFreeze)
    return bad('The window is longer than 92 days; put it into policy.yaml.');
  const freeze = `${env}-f${environment.seq + 1}`;
  const data = { freeze, from: iso(from.at), to: iso(to.at), reason };
  return { facts: [{ type: 'environment.frozen', data }] };
}

/** `+2h` and a bare clock time are read from the beginning of the window on, all else as of now. */
function endOf(to: When, { policy, now }: Asked, from: number): Meant {
  const fromThere = to.kind === 'in' || (to.kind === 'wall' && to.day === 'next');
  return meant(to, policy.timezone, fromThere ? from : now);
}

export function decideThaw(
  { freeze }: CommandOf<'freeze remove'>,
  asked: Asked,
  environment: EnvironmentState,
): EnvironmentDecision {
  const what = `${freeze} was not removed.`;
  const refusal = lacking(asked, environment.name, 'lock', what);
  if (refusal) return { refusal };
  if (environment.freezes.some(({ id }) => id === freeze)) {
    return { facts: [{ type: 'environment.thawed', data: { freeze } }] };
  }
  return { refusal: unknownFreeze(freeze, asked.policy, environment.freezes) };
}

/** Refuses an id that no added window has; one of the policy is changed in the policy. */
export function unknownFreeze(freeze: string, policy: Policy, added: readonly Freeze[]): Refusal {
  const what = `${freeze} was not removed.`;
  if (policy.freezes.some(({ name }) => name === freeze)) {
    return refuse(
      'bad-input',
      what,
      'It stands in the policy.',
      'Change policy.yaml, or start with an override.',
    );
  }
  const ids = added.map(({ id }) => id);
  const next = ids.length === 0 ? 'No window was added here.' : `Added here: ${list(ids)}.`;
  return refuse('bad-input', what, `There is no frozen window \`${freeze}\`.`, next);
}

/** A lock in one sentence: who, since when, why. */
export function lockStory(
  name: string,
  lock: NonNullable<EnvironmentState['lock']>,
  asked: Pick<Asked, 'policy'>,
): string {
  return `${name} is locked by ${nameOf(lock.by)} since ${time(asked, lock.at)}: “${lock.reason}”.`;
}
