import { z } from 'zod';
import type { Policy } from '../policy/schema.ts';
import { type Platform, platformSchema } from '../rollout/actor.ts';

/** Somebody's account on a platform; `id` is as an adapter hands it in. */
export const accountSchema = z.strictObject({ platform: platformSchema, id: z.string().min(1).max(200) });
export type Account = z.infer<typeof accountSchema>;

export function isSameAccount(a: Account, b: Account): boolean {
  return a.platform === b.platform && a.id === b.id;
}

/** An account that its owner linked to themselves. */
export interface Link {
  account: Account;
  /** A person of the policy, by their id there. */
  person: string;
  /** ISO 8601. */
  at: string;
}

/**
 * The policy with the linked accounts beside those that it names. It goes first: an account that the policy gives to
 * anybody belongs to them, and a link to somebody whom it no longer names is nobody's. Only who speaks is changed by
 * it; the roles stay as they are.
 */
export function withLinks(policy: Policy, links: readonly Link[]): Policy {
  const open = links.filter(
    ({ account, person }) => Object.hasOwn(policy.people, person) && ownerOf(policy, account) === undefined,
  );
  if (open.length === 0) return policy;
  const people = Object.entries(policy.people).map(([id, person]) => {
    const mine = (platform: Platform) =>
      open.flatMap((link) =>
        link.person === id && link.account.platform === platform ? [link.account.id] : [],
      );
    const slack = [...person.slack, ...mine('slack')];
    const telegram = [...person.telegram, ...mine('telegram').map(Number)];
    return [id, { ...person, slack, telegram }];
  });
  return { ...policy, people: Object.fromEntries(people) };
}

/** The person whom the policy itself gives an account. */
export function ownerOf({ people }: Pick<Policy, 'people'>, { platform, id }: Account): string | undefined {
  return Object.entries(people).find(([person, { slack, telegram }]) => {
    if (platform === 'slack') return slack.includes(id);
    if (platform === 'telegram') return telegram.some((number) => String(number) === id);
    return person === id;
  })?.[0];
}

/** The accounts that a policy, or one with links, gives a person. */
export function accountsOf({ people }: Pick<Policy, 'people'>, person: string): Account[] {
  const entry = Object.hasOwn(people, person) ? people[person] : undefined;
  const of = (platform: Platform, ids: readonly (string | number)[] = []) =>
    ids.map((id): Account => ({ platform, id: String(id) }));
  return [...of('slack', entry?.slack), ...of('telegram', entry?.telegram)];
}
