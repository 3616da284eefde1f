import type { MessageRef } from './chat.ts';

/** What is known of one message of a thread. */
export interface Standing {
  /** Marks the message, so that a post with a doubtful outcome can be found again. */
  operation: string;
  /** Where it stands; absent while a post is under way or its outcome is not known. */
  ref?: MessageRef;
  /** The digest of the card that it says. */
  digest?: string;
}

/** A thread of a rollout in a channel (`platform:id`). */
export interface ThreadName {
  rollout: string;
  channel: string;
}

/** What stands in the threads, kept durably so that a restart edits the same messages. */
export interface Threads {
  /** The right to work on a thread for a few seconds, extended by each call; undefined while somebody else has it. */
  lock(thread: ThreadName): Promise<{ extend(): Promise<boolean>; release(): Promise<void> } | undefined>;
  read(thread: ThreadName): Promise<Map<string, Standing>>;
  write(thread: ThreadName, key: string, standing: Standing): Promise<void>;
  /** Forgets a post that was surely not made, unless somebody else has noted another one, or where it stands. */
  forget(thread: ThreadName, key: string, operation: string): Promise<void>;
  /** Threads that do not show the newest state yet. */
  behind(): Promise<ThreadName[]>;
  /** The thread shows everything up to this sequence number. */
  shown(thread: ThreadName, seq: number): Promise<void>;
}
