import type { Policy } from './schema.ts';

/** What `roles` may name besides people: a Slack user group, `slack:S012AB`. */
export const groupPattern = /^slack:S[A-Z0-9]+$/;

export function isGroup(member: string): boolean {
  return groupPattern.test(member);
}

/** The Slack user groups that the policy names, by Slack's own ids, each once. */
export function groupsOf({ roles }: Policy): string[] {
  const named = Object.values(roles).flatMap((members) => members.filter(isGroup));
  return [...new Set(named.map((group) => group.slice('slack:'.length)))];
}

/** The accounts (`team/user`) in a group, as last known; empty: nobody is known to be in it. */
export type AccountsIn = (group: string) => readonly string[];

/**
 * The policy with the people of each group in its place. An account of a group that belongs to nobody in the policy
 * counts as nobody, and a group that is not known has nobody: closed by default.
 */
export function withGroups(policy: Policy, accountsIn: AccountsIn): Policy {
  if (groupsOf(policy).length === 0) return policy;
  const owners = new Map(
    Object.entries(policy.people).flatMap(([id, { slack }]) =>
      slack.map((account) => [account, id] as const),
    ),
  );
  const peopleIn = (group: string) =>
    accountsIn(group.slice('slack:'.length)).flatMap((account) => owners.get(account) ?? []);
  const roles = Object.entries(policy.roles).map(([role, members]) => {
    const people = members.flatMap((member) => (isGroup(member) ? peopleIn(member) : [member]));
    return [role, [...new Set(people)]];
  });
  return { ...policy, roles: Object.fromEntries(roles) };
}
