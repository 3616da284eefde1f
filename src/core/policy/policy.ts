import type { Platform } from '../rollout/actor.ts';
import { matchesPattern } from './commands.ts';
import { holders } from './contradictions.ts';
import { type Policy, type PolicyChannel, type Right, rights } from './schema.ts';

/** A person of the policy. */
export interface PolicyPerson {
  id: string;
  name: string;
}

/** The people of these ids that the policy knows, in order, each once. */
export function peopleNamed(policy: Policy, ids: Iterable<string>): PolicyPerson[] {
  return [...new Set(ids)].flatMap((id) => {
    const person = Object.hasOwn(policy.people, id) ? policy.people[id] : undefined;
    return person ? [{ id, name: person.name }] : [];
  });
}

/** Who an account belongs to; undefined when the policy has no entry for it. In the console and on the command line the account is the person's id. */
export function personOf(policy: Policy, platform: Platform, account: string): PolicyPerson | undefined {
  const owner = Object.entries(policy.people).find(([id, person]) => {
    if (platform === 'slack') return person.slack.includes(account);
    if (platform === 'telegram') return person.telegram.some((number) => String(number) === account);
    return id === account;
  });
  return owner && { id: owner[0], name: owner[1].name };
}

export function rolesOf(policy: Policy, personId: string): string[] {
  return Object.entries(policy.roles).flatMap(([role, members]) =>
    members.includes(personId) ? [role] : [],
  );
}

/** Everybody who holds one of these roles, each once. */
export function peopleWith(policy: Policy, roles: readonly string[]): PolicyPerson[] {
  return peopleNamed(
    policy,
    roles.flatMap((role) => (Object.hasOwn(policy.roles, role) ? (policy.roles[role] ?? []) : [])),
  );
}

/** Who is meant by roles and by names, as cards ask for it; each once. */
export function peopleFor(policy: Policy) {
  return (roles: readonly string[], ids: readonly string[] = []): PolicyPerson[] =>
    peopleNamed(policy, [...peopleWith(policy, roles).map(({ id }) => id), ...ids]);
}

/** Everybody who holds a right in an environment; nobody where the policy does not name it. */
export function whoMay(policy: Policy, environment: string, right: Right): PolicyPerson[] {
  return peopleNamed(policy, holders(policy, environment, right));
}

/** No policy entry, no right. */
export function may(policy: Policy, environment: string, right: Right, personId: string): boolean {
  return holders(policy, environment, right).includes(personId);
}

/** Whether somebody may do anything at all in an environment. */
export function holdsAnyRight(policy: Policy, environment: string, personId: string): boolean {
  return rights.some((right) => may(policy, environment, right, personId));
}

/** The least number of approvals that an environment asks for. */
export function quorumOf(policy: Policy, environment: string): number {
  return (Object.hasOwn(policy.environments, environment) && policy.environments[environment]?.quorum) || 1;
}

/** How long after its beginning hypercare tells how it goes in an environment; undefined where the policy asks for nothing. */
export function checkInsOf(policy: Policy, environment: string): readonly string[] | undefined {
  return Object.hasOwn(policy.environments, environment)
    ? policy.environments[environment]?.checkIns
    : undefined;
}

/**
 * What the policy says of a room; nothing of one that it does not name. A topic of a Telegram group (`-100123/45`) is
 * under the group's entry unless it has its own.
 */
export function channelOf(policy: Policy, channel: { platform: Platform; id: string }): PolicyChannel {
  const key = `${channel.platform}:${channel.id}`;
  if (Object.hasOwn(policy.channels, key)) return policy.channels[key] ?? {};
  const [group] = key.split('/');
  const isTopic = channel.platform === 'telegram' && group !== undefined && group !== key;
  return (isTopic && Object.hasOwn(policy.channels, group) && policy.channels[group]) || {};
}

/** Whether the allow-list has this program with these arguments. */
export function commandAllowed(policy: Policy, argv: readonly string[]): boolean {
  return policy.commands.allow.some((pattern) => matchesPattern(pattern, argv));
}
