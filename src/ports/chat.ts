import type { AccountsState } from '../core/accounts/state.ts';
import type { Card } from '../core/card/card.ts';
import type { RefusalReason } from '../core/refusal.ts';
import type { Channel, Platform } from '../core/rollout/actor.ts';
import type { Standing } from './rollouts.ts';

/** Where a message stands: enough for the platform to find, edit and answer it. JSON, kept in Redis. */
export interface MessageRef {
  channel: string;
  id: string;
}

/**
 * What a chat adapter says of a failed call, classified once.
 *
 * - `rate-limited`: not done; again after `retryAfter`.
 * - `unavailable`: the platform could not be reached, or failed before it did anything.
 * - `doubtful`: a post that may have been made.
 * - `gone`: this message, or the root that it hangs under, is no more; the room is well.
 * - `closed`: the room can't be written to until a person mends it: archived, unknown, bot removed, rights or
 *   token missing. The message says what to do.
 * - `refused`: the platform does not take this message as it is.
 */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly reason: 'rate-limited' | 'unavailable' | 'doubtful' | 'gone' | 'closed' | 'refused';
  /** Milliseconds to wait before trying again, where the platform said so. */
  readonly retryAfter: number | undefined;
  constructor(
    reason: ChatError['reason'],
    message: string,
    options?: ErrorOptions & { retryAfter?: number },
  ) {
    super(message, options);
    this.reason = reason;
    this.retryAfter = options?.retryAfter;
  }
}

/**
 * A chat platform, as the thread needs it. Failures are `ChatError`s. A call ends within 10 s, as the lock of a
 * thread relies on it.
 */
export interface ChatPort {
  readonly platform: Platform;
  /** Posts a card to a room, under `thread` when given. `operation` marks the message so that `find` sees it. */
  post(channel: string, thread: MessageRef | undefined, card: Card, operation: string): Promise<MessageRef>;
  /** Makes the message say this card; one that says it already is a success. */
  update(message: MessageRef, card: Card): Promise<void>;
  /** The message that an earlier `post` with this operation made, or undefined; `unknown` where the platform can't tell. */
  find(
    channel: string,
    thread: MessageRef | undefined,
    operation: string,
  ): Promise<MessageRef | undefined | 'unknown'>;
  /**
   * Asks the platform for something that leaves no trace in the room, as near to posting as there is: shows that it
   * answers again, before anything is sent to it. A refusal is an answer too.
   */
  probe(channel: string): Promise<void>;
  /** The room in which this account alone reads; undefined where it has none. Absent: nobody has one. */
  directRoom?(account: string): string | undefined;
}

/** Something a person typed or pressed, as an adapter hands it in. */
export interface Incoming {
  channel: Channel;
  /** The platform's own name of the person: `T1/U1` in Slack, the numeric id in Telegram, a person's id in the console. */
  account: string;
  /** Other names that the platform has for the same account: `E1/U1` in a Slack Enterprise Grid. */
  aliases?: readonly string[];
  /** All after `/rollout`. */
  text: string;
  /** A button's press: the sequence number of the journal when the button was drawn. */
  press?: { drawnAt: number };
  /** What was asked for of the store since the person acted; absent: it is asked now. */
  ahead?: Ahead;
  /** The reply is read by this person alone. Absent: others may read it, so nothing secret is answered. */
  isPrivate?: boolean;
}

/**
 * What a press is decided on, asked for in one go, while the adapter makes sure that the press is to be worked on at
 * all. Nobody has to wait for it: a promise that rejects unseen does no harm.
 */
export interface Ahead {
  accounts: Promise<AccountsState>;
  /** Of the rollout that the press names. */
  standing?: { id: string; found: Promise<Standing | undefined> };
}

/** Asks ahead for what a press is decided on. Reads only, so that a press which turns out to be done already stays undone. */
export type LookAhead = (press: Pick<Incoming, 'text' | 'press'>) => Ahead;

/** What the person gets back; alone, where the platform can and `isPrivate` says so. */
export interface Reply {
  /** False when the command was refused. */
  ok: boolean;
  /** Why it was refused; absent when it was done, and when the bot itself failed. */
  refused?: RefusalReason;
  card: Card;
}

/** The way in, the same for every platform: parse, authorize, command. Never throws for what a person did. */
export type Inbox = (message: Incoming) => Promise<Reply>;
