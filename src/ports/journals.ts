import type { Json } from '../core/json.ts';
import type { Milliseconds } from '../core/playbook/duration.ts';
import type { Actor } from '../core/rollout/actor.ts';
import type { Fact } from '../core/rollout/event.ts';
import type { Rollout } from './rollouts.ts';

/** The right to write for a rollout, for a while. The epoch grows with each acquisition, and goes with each effect. */
export interface Lease {
  rollout: string;
  epoch: number;
  owner: string;
}

/** Somebody else holds the lease now, or it ran out: whoever sees this stops at once. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(rollout: string, options?: ErrorOptions) {
    super(`the lease of ${rollout} is lost`, options);
  }
}

/**
 * What an append does about the environment. `claim`: takes it unless another rollout has it. `reclaim`: takes it
 * back for a rollback, unless a newer rollout has claimed it since. `release`: gives it back.
 */
export type Claiming = 'claim' | 'reclaim' | 'release';

/** Who may write for a rollout. */
export interface Leases {
  /** Half of this is a good pause between renewals. */
  readonly leaseTime: Milliseconds;
  /** Takes the lease of a rollout and reads it up to now; undefined while somebody else holds it. */
  acquire(id: string): Promise<{ lease: Lease; rollout: Rollout } | undefined>;
  /** Makes the lease last for its full time again. Throws `LeaseLost`. */
  renew(lease: Lease): Promise<void>;
  /** Takes a new epoch for a lease that is held, so that what an interrupted step still has under way is refused. */
  fence(lease: Lease): Promise<Lease>;
}

/** The journal of a rollout, as whoever holds its lease writes it. */
export interface LeasedJournal {
  /**
   * Appends facts behind exactly this state, in one atomic step with the fence and, where asked, the claim on the
   * environment. `moved`: somebody wrote in between; read again and decide again. `busy`: the environment can't be
   * claimed. Throws `LeaseLost`.
   */
  append(
    lease: Lease,
    rollout: Rollout,
    facts: readonly Fact[],
    options?: { environment?: Claiming; actor?: Actor },
  ): Promise<Rollout | 'moved' | 'busy'>;
  /** Reads what was written since. */
  refresh(rollout: Rollout): Promise<Rollout>;
}

/** When each rollout is to be looked at. */
export interface Agenda {
  /**
   * Gives the lease back and notes when to look again, unless the journal has grown past this state: then `moved`,
   * and the lease is kept.
   */
  rest(lease: Lease, rollout: Rollout, until: number | undefined): Promise<'rested' | 'moved'>;
  /** Rollouts that are due and that nobody holds, at most `limit`. */
  due(now: number, limit: number): Promise<string[]>;
}

/** What a watch keeps between two looks; not a fact, so not in the journal. Losing it starts the watch anew. */
export interface WatchNotes {
  watch(id: string): Promise<Json | undefined>;
  keepWatch(id: string, kept: Json): Promise<void>;
}

/** What a running step prints; not a fact, so not in the journal. */
export interface Tails {
  /** Keeps the last lines of a running step's output, and tells who listens for changes. */
  keepTail(id: string, step: string, lines: readonly string[]): Promise<void>;
}

/** All of the loop's side of the journals in Redis; each part of the loop asks for what it needs. */
export type Journals = Leases & LeasedJournal & Agenda & WatchNotes & Tails;

/** What carries one rollout on. */
export type Carrying = Leases & LeasedJournal & Pick<Agenda, 'rest'>;
