import { nameOf } from '../core/card/words.ts';
import type { EnvironmentState } from '../core/environment/state.ts';
import { freezeAt } from '../core/policy/freeze.ts';
import { may, whoMay } from '../core/policy/policy.ts';
import type { Policy } from '../core/policy/schema.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Rollout } from '../ports/rollouts.ts';
import { type Asked, anyOf, time, whoCanInstead } from './asked.ts';
import { lockStory } from './environments.ts';

/** What stands against a start. `name` is what an override of it is recorded as: it covers this one, not a later one. */
export interface Obstacle {
  name: string;
  reason: 'environment-locked' | 'environment-frozen';
  why: string;
  next: string;
}

/** The lock and the frozen window that stand against a start at an instant. */
export function obstaclesAt(policy: Policy, environment: EnvironmentState, at: number): Obstacle[] {
  const { name, lock } = environment;
  const frozen = freezeAt(policy, environment, at);
  const overriders = whoMay(policy, name, 'override');
  const override =
    overriders.length === 0 ? '' : `, or let ${anyOf(overriders)} start with override="<reason>"`;
  const unlockers = whoMay(policy, name, 'lock');
  const who = unlockers.length === 0 ? '' : ` (${anyOf(unlockers)} can)`;
  return [
    ...(lock
      ? [
          {
            name: `the lock by ${nameOf(lock.by)} of ${lock.at}`,
            reason: 'environment-locked' as const,
            why: lockStory(name, lock, { policy }),
            next: `Ask ${nameOf(lock.by)}, use \`/rollout unlock ${name} <reason>\`${who}${override}.`,
          },
        ]
      : []),
    ...(frozen
      ? [
          {
            name: `the freeze ${frozen.name}`,
            reason: 'environment-frozen' as const,
            why: `${name} is frozen until ${time({ policy }, frozen.until)} (${frozen.name}): “${frozen.reason}”.`,
            next: `Start after that with at=<time>${override}.`,
          },
        ]
      : []),
  ];
}

/** An override as the journal keeps it. */
export type Override = NonNullable<Rollout['state']['override']>;

/** Refuses a start because of what stands against it and is not overridden. */
export function obstructed(
  obstacles: readonly Obstacle[],
  override: Override | undefined,
  what: string,
): Refusal | undefined {
  const open = obstacles.filter(({ name }) => !override?.of.includes(name));
  const [first] = open;
  if (first === undefined) return undefined;
  const why = open.map((obstacle) => obstacle.why).join(' ');
  return refuse(first.reason, what, why, first.next);
}

/** Refuses because another rollout changes the environment now. No override helps: two at once would undo each other. */
export function busy(
  holder: Rollout | undefined,
  environment: EnvironmentState,
  asked: Asked,
  what: string,
): Refusal {
  const id = environment.claimedBy ?? 'another rollout';
  const who = holder?.state.startedBy ? `, started by ${holder.state.startedBy.name}` : '';
  const since = holder?.state.startedAt ? ` since ${time(asked, holder.state.startedAt)}` : '';
  return refuse(
    'environment-busy',
    what,
    `${id} is changing ${environment.name}${since}${who}.`,
    `Wait for its end or abort it: \`/rollout status ${id}\`.`,
  );
}

/** Refuses an override that the person has no right to. */
export function overrideRefusal(
  { person, policy }: Asked,
  environment: string,
  what: string,
): Refusal | undefined {
  if (may(policy, environment, 'override', person.id)) return undefined;
  return refuse(
    'not-allowed',
    what,
    `You have no right to override locks and freezes in ${environment}.`,
    whoCanInstead(policy, environment, 'override'),
  );
}

/**
 * The checks of a start once more, at the time that it was scheduled for: undefined when it may begin, else why not.
 * That no other rollout holds the environment is left to the claim, which is one atomic step with the start.
 */
export function standsAgainst(
  { plan, state }: Rollout,
  environment: EnvironmentState,
  policy: Policy,
  now: number,
): string | undefined {
  const { startedBy, override } = state;
  if (startedBy && !may(policy, plan.environment.name, 'start', startedBy.id)) {
    return `${startedBy.name} may no longer start rollouts in ${plan.environment.name}`;
  }
  const refusal = obstructed(obstaclesAt(policy, environment, now), override, '');
  return refusal?.why.replace(/\.$/, '');
}
