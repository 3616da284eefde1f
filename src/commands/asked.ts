import { list } from '../core/card/words.ts';
import { may, type PolicyPerson, peopleWith, whoMay } from '../core/policy/policy.ts';
import type { Policy, Right } from '../core/policy/schema.ts';
import { formatInstant } from '../core/policy/zoned-time.ts';
import { type Refusal, refuse } from '../core/refusal.ts';
import type { Person } from '../core/rollout/actor.ts';
import type { RolloutEvent } from '../core/rollout/event.ts';

/** Who asks, under which policy, and when. All that a decision knows besides the journals. */
export interface Asked {
  person: Person;
  policy: Policy;
  /** Milliseconds since the epoch. */
  now: number;
  /** A button's press: the end of the journal when the button was drawn. */
  drawnAt?: number;
  /** A button's press: what was journaled since the button was drawn. */
  since?: readonly RolloutEvent[];
}

const inWords: Record<Right, string> = {
  start: 'start rollouts',
  approve: 'approve',
  rollback: 'roll back',
  operate: 'steer rollouts',
  skip: 'skip steps',
  lock: 'lock and freeze',
  override: 'override locks and freezes',
};

/** An instant as this policy's people read it. */
export function time({ policy }: Pick<Asked, 'policy'>, at: string | number): string {
  return formatInstant(typeof at === 'number' ? at : Date.parse(at), policy.timezone);
}

/** So many people are named in a refusal. */
const named = 5;

/** "Bob, Carol or Dan"; of many the first five, "and 3 more". */
export function anyOf(people: readonly PolicyPerson[]): string {
  const names = people.map(({ name }) => name);
  if (names.length <= named) return list(names, 'or');
  return `${names.slice(0, named).join(', ')} and ${names.length - named} more`;
}

/** "Bob, Carol or Dan can.", or what to change where nobody can. */
export function whoCan(people: readonly PolicyPerson[], otherwise: string): string {
  return people.length === 0 ? otherwise : `${anyOf(people)} can.`;
}

/** Who has a right in an environment, for somebody who lacks it. */
export function whoCanInstead(policy: Policy, environment: string, right: Right): string {
  const otherwise = `Nobody can: nobody has a role that stands at environments.${environment}.${right} in policy.yaml.`;
  return whoCan(whoMay(policy, environment, right), otherwise);
}

/** Refuses what the person has no right to in an environment; undefined when they have it. `what` says what was not done. */
export function lacking(
  { person, policy }: Asked,
  environment: string,
  right: Right,
  what: string,
): Refusal | undefined {
  if (may(policy, environment, right, person.id)) return undefined;
  return refuse(
    'not-allowed',
    what,
    `You have no right to ${inWords[right]} in ${environment}.`,
    whoCanInstead(policy, environment, right),
  );
}

/** The people who hold a right and, where a step names roles, one of them. */
export function eligible(
  { policy }: Pick<Asked, 'policy'>,
  environment: string,
  right: Right,
  roles: readonly string[],
): PolicyPerson[] {
  const holders = whoMay(policy, environment, right);
  if (roles.length === 0) return holders;
  const members = new Set(peopleWith(policy, roles).map(({ id }) => id));
  return holders.filter(({ id }) => members.has(id));
}

/** Refuses who is not among the people that a step asks; undefined for those who are. `except` is not named as one who can. */
export function notAsked(
  asked: Asked,
  environment: string,
  right: Right,
  roles: readonly string[],
  what: string,
  except?: string,
): Refusal | undefined {
  const missing = lacking(asked, environment, right, what);
  const people = eligible(asked, environment, right, roles);
  if (people.some(({ id }) => id === asked.person.id)) return undefined;
  const next = whoCan(
    people.filter(({ id }) => id !== except),
    `Nobody can: no one in ${environment} has both the right and the role.`,
  );
  if (missing) return { ...missing, next };
  return refuse(
    'not-allowed',
    what,
    `It asks for the role ${list(roles, 'or')}, which you do not have.`,
    next,
  );
}
