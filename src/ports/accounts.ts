import type { Account } from '../core/accounts/account.ts';
import type { AccountsDecision } from '../core/accounts/decide.ts';
import type { AccountFact } from '../core/accounts/event.ts';
import type { AccountsState } from '../core/accounts/state.ts';
import type { Card } from '../core/card/card.ts';
import type { Refusal } from '../core/refusal.ts';

/** Who is who over the platforms: one hash-chained journal, and what it adds up to. */
export interface Accounts {
  /** As it stands in the store now. */
  read(): Promise<AccountsState>;
  /** As it was last read or written by this process; asks nobody. */
  known(): AccountsState;
  /**
   * Records what is decided on exactly the state that it follows, all or nothing; `decide` is asked again when
   * something else was written in between. Answers what was recorded, and the state behind it.
   */
  record(
    decide: (state: AccountsState) => AccountsDecision,
  ): Promise<{ state: AccountsState; facts: readonly AccountFact[]; refusal?: Refusal }>;
}

/** Codes that can't be guessed, and what is kept of them. */
export interface LinkCodes {
  /** A fresh code, as `readCode` reads it. */
  fresh(): string;
  /** What is stored in its place: the same for the same code, and slow to turn back. */
  hash(code: string): Promise<string>;
}

/** Tells one account something, unseen by others; false where it can't be reached. Never rejects. */
export type TellAccount = (account: Account, card: Card) => Promise<boolean>;
