import type { Redis } from 'ioredis';
import { type AccountEvent, accountEventSchema } from '../../core/accounts/event.ts';
import { type AccountsState, foldAccounts, newAccounts } from '../../core/accounts/state.ts';
import { chain } from '../../core/rollout/chain.ts';
import type { Accounts } from '../../ports/accounts.ts';
import { type Clock, iso } from '../../ports/clock.ts';
import { keys } from './keys.ts';
import { isStill, placeOf } from './reader.ts';
import type { Scripts } from './scripts.ts';

interface Parts {
  redis: Redis;
  scripts: Scripts;
  clock: Clock;
  /** Whose people they are; the sandbox lets anybody act as anyone, so its links hold nowhere else. */
  of: 'policy' | 'sandbox';
}

/** So many times a decision is asked again because somebody wrote in between; more is a fault, not a race. */
const patience = 100;

/** The journal of accounts in Redis. */
export function createAccounts({ redis, scripts, clock, of }: Parts): Accounts {
  const key = keys.accounts(of);
  let known = newAccounts();
  let breaks = 0;
  redis.on('close', () => {
    breaks += 1;
  });

  const read = async (): Promise<AccountsState> => {
    const before = known;
    const lines = await redis.lrange(key, placeOf(before), -1);
    const still = isStill(before, lines);
    const state = still
      ? foldLines(before, lines.slice(before.seq === 0 ? 0 : 1))
      : foldLines(newAccounts(), await redis.lrange(key, 0, -1));
    if (!still || state.seq > known.seq) known = state;
    return state;
  };

  /** Whether these events stand behind this state now. A connection that broke may have sent them twice. */
  const append = async (before: AccountsState, events: readonly AccountEvent[]): Promise<boolean> => {
    const unbroken = breaks;
    const fixed = [keys.lease(''), keys.due, keys.unshown, keys.rollouts, keys.active];
    const lines = events.map((event) => JSON.stringify(event));
    const place = ['', '', 0, before.seq, lines.length, ...lines];
    const answer = await scripts.append([...fixed, key], ['', clock.now(), keys.changes, ...place]);
    if (answer === 'ok' || breaks === unbroken) return answer === 'ok';
    return (await redis.lindex(key, before.seq)) === lines[0];
  };

  return {
    read,
    known: () => known,
    async record(decide) {
      for (let attempt = 0; attempt < patience; attempt += 1) {
        const before = await read();
        const { actor, facts, refusal } = decide(before);
        const told = { facts, ...(refusal === undefined ? {} : { refusal }) };
        if (facts.length === 0) return { state: before, ...told };
        const events = chain(before, facts, actor, iso(clock.now())).map((event) =>
          accountEventSchema.parse(event),
        );
        if (!(await append(before, events))) continue;
        const state = events.reduce(foldAccounts, before);
        if (state.seq > known.seq) known = state;
        return { state, ...told };
      }
      throw new Error(`the accounts: no decision could be recorded in ${patience} attempts`);
    },
  };
}

function foldLines(state: AccountsState, lines: readonly string[]): AccountsState {
  return lines.reduce((at, line) => foldAccounts(at, accountEventSchema.parse(JSON.parse(line))), state);
}
