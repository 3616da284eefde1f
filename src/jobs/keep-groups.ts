import { type AccountsIn, groupsOf, withGroups } from '../core/policy/groups.ts';
import type { Policy } from '../core/policy/schema.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeptGroups, ReadGroup } from '../ports/groups.ts';

export interface GroupsParts {
  /** The policy as its file says it. */
  policy(): Policy;
  kept: KeptGroups;
  /** Asks the platform; absent in a process that has no access to it. */
  read?: ReadGroup;
  clock: Clock;
  onError(error: unknown, group?: string): void;
}

export interface Groups {
  /** The policy with the people of its groups, as last known. */
  policy(): Policy;
  /** Reads what other processes know, and asks the platform for what is older than a few minutes. Never rejects. */
  refresh(): Promise<void>;
}

/** Who left a group keeps its rights for so long at most, while the platform answers (milliseconds). */
const freshFor = 3 * 60_000;

/** Keeps the members of the groups that the policy names; while the platform is away, those that were last known. */
export function keepGroups({ policy, kept, read, clock, onError }: GroupsParts): Groups {
  const known = new Map<string, readonly string[]>();
  const asked = new Map<string, number>();
  const filled = memoised(policy, (group) => known.get(group) ?? []);

  function learn(group: string, accounts: readonly string[]): void {
    if (known.get(group)?.join() === accounts.join()) return;
    known.set(group, accounts);
    filled.forget();
  }

  async function ask(group: string, reading: ReadGroup): Promise<void> {
    const now = clock.now();
    if (now - (asked.get(group) ?? Number.NEGATIVE_INFINITY) < freshFor) return;
    try {
      const accounts = await reading(group);
      asked.set(group, now);
      learn(group, accounts);
      await kept.write(group, accounts);
    } catch (error) {
      onError(error, group);
    }
  }

  return {
    policy: filled.policy,
    async refresh() {
      const wanted = groupsOf(policy());
      if (wanted.length === 0) return;
      try {
        for (const [group, accounts] of await kept.read()) learn(group, accounts);
      } catch (error) {
        onError(error);
      }
      if (read) await Promise.all(wanted.map((group) => ask(group, read)));
    },
  };
}

/** Fills the policy in once for each change of the file or of a group. */
function memoised(policy: () => Policy, accountsIn: AccountsIn) {
  let made: { from: Policy; filled: Policy } | undefined;
  return {
    policy(): Policy {
      const from = policy();
      if (made?.from !== from) made = { from, filled: withGroups(from, accountsIn) };
      return made.filled;
    },
    forget(): void {
      made = undefined;
    },
  };
}
