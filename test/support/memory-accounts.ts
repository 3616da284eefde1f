import type { Account } from '../../src/core/accounts/account.ts';
import { type AccountEvent, accountEventSchema } from '../../src/core/accounts/event.ts';
import { type AccountsState, foldAccounts, newAccounts } from '../../src/core/accounts/state.ts';
import type { Card } from '../../src/core/card/card.ts';
import { sha256 } from '../../src/core/json.ts';
import { chain } from '../../src/core/rollout/chain.ts';
import type { Accounts, LinkCodes, TellAccount } from '../../src/ports/accounts.ts';
import { type Clock, iso } from '../../src/ports/clock.ts';

/** The journal of accounts in memory, with the compare-and-append of the real one. */
export function memoryAccounts(clock: Clock): Accounts & { events(): readonly AccountEvent[] } {
  let events: readonly AccountEvent[] = [];
  const now = (): AccountsState => events.reduce(foldAccounts, newAccounts());
  return {
    events: () => events,
    read: async () => now(),
    known: now,
    async record(decide) {
      for (;;) {
        const before = now();
        const { actor, facts, refusal } = decide(before);
        await Promise.resolve();
        if (events.length !== before.seq) continue;
        const added = chain(before, facts, actor, iso(clock.now()));
        events = [...events, ...added.map((event) => accountEventSchema.parse(event))];
        return { state: now(), facts, ...(refusal === undefined ? {} : { refusal }) };
      }
    },
  };
}

/** Codes in order: 00000000, 00000001 … */
export function countedCodes(): LinkCodes {
  let count = 0;
  return {
    fresh: () => `${count++}`.padStart(8, '0'),
    hash: async (code) => sha256(code),
  };
}

/** Whoever can be told, and what they were told. */
export function memoryTelling(reaches: (account: Account) => boolean = () => true) {
  const told: { account: Account; card: Card }[] = [];
  const tell: TellAccount = async (account, card) => {
    if (!reaches(account)) return false;
    told.push({ account, card });
    return true;
  };
  return { told, tell };
}

/** All of it for an inbox. */
export function memoryIdentity(clock: Clock) {
  return { accounts: memoryAccounts(clock), codes: countedCodes(), tell: memoryTelling().tell };
}
