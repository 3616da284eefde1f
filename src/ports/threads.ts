import type { MessageRef } from './chat.ts';

/** What is known of one message of a thread. */
export interface Standing {
  /** Marks the message, so that a post with a doubtful outcome can be found again. */
  operation: string;
  /** Where it stands; absent while a post is under way or its outcome is not known. */
  ref?: MessageRef;
  /** The digest of the card that it says. */
  digest?: string;
  /** It has a button that rolls back: when that no longer does what it says, it is taken away before all else. */
  wayBack?: true;
  /** To be posted anew: somebody deleted it, or nobody can tell whether it stands. */
  gone?: Replaced;
  /** It was posted in place of an earlier one. That is done once. */
  again?: Replaced;
  /** Nobody can tell whether it stands, and it is not posted again. */
  lost?: true;
}

/** Why a message is posted a second time. */
export type Replaced = 'deleted' | 'doubtful';

/** A thread of a rollout in a channel (`platform:id`). */
export interface ThreadName {
  rollout: string;
  channel: string;
}

/**
 * The right to work on a thread for a few seconds; each `write` makes it last for its full time again. Once it ran
 * out and somebody else took it, nothing can be written with it any more.
 */
export interface ThreadLock {
  /** False, and nothing written, when the right is lost. */
  write(key: string, standing: Standing): Promise<boolean>;
  /** Forgets a post that was surely not made. False, and nothing done, when the right is lost. */
  forget(key: string): Promise<boolean>;
  /** Whether the right surely outlasts a call to a platform that begins now. */
  isFresh(): boolean;
  /** Gives the right back, at once or after so many milliseconds. */
  release(after?: number): Promise<void>;
}

/** What stands in the threads, kept durably so that a restart edits the same messages. */
export interface Threads {
  /** Undefined while somebody else has the right to work on the thread. */
  lock(thread: ThreadName): Promise<ThreadLock | undefined>;
  read(thread: ThreadName): Promise<Map<string, Standing>>;
  /** Threads that do not show the newest state yet. */
  behind(): Promise<ThreadName[]>;
  /** The thread shows everything up to this sequence number. */
  shown(thread: ThreadName, seq: number): Promise<void>;
}
