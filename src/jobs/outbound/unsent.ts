import { urgencies } from '../../core/card/urgent.ts';
import type { ThreadName } from '../../ports/threads.ts';
import type { Next } from './ensure.ts';
import type { Served } from './pending.ts';

/** A thread that may have something unsent. */
export interface Unsent {
  thread: ThreadName;
  /** Milliseconds since the epoch. */
  since: number;
  /** When the last call was made for it. */
  servedAt?: number;
  /** Something happened since it was looked at. */
  changed: boolean;
  /** What it needs next, as far as was looked. */
  next?: Next | undefined;
  lookedAt?: number | undefined;
  /** The calls that were made last, the newest at the end. */
  served?: readonly Served[] | undefined;
  notBefore: number;
  failures: number;
}

/** A thread that goes on changing is looked at again after this (milliseconds), to learn whether it became urgent. */
const lookEvery = 1_000;

export function unsent(thread: ThreadName, now: number): Unsent {
  return { thread, since: now, changed: true, notBefore: 0, failures: 0 };
}

export function needsLook({ changed, lookedAt }: Unsent, now: number): boolean {
  return changed && (lookedAt === undefined || now - lookedAt >= lookEvery);
}

/** The calls that may be made, in their order; of the one that is taken `served` is told. */
export interface Queue {
  inOrder(due: readonly Unsent[], now: number): { entry: Unsent; next: Next | undefined }[];
  served(entry: Unsent, now: number): void;
}

/**
 * Who has waited for so long (milliseconds) gets every fourth call, however urgent the others are; what is kept for
 * alarms stays theirs.
 */
const patience = 20_000;
const inRow = 3;

/**
 * The most urgent first, and then who waits longest since its last call: a thread that goes on changing does not keep
 * others from theirs.
 */
export function createQueue(): Queue {
  let passedOver = 0;
  const late = (due: readonly Unsent[], now: number): Unsent | undefined =>
    due.toSorted(byWait).find((entry) => entry.next !== undefined && now - waitsSince(entry) >= patience);
  return {
    inOrder(due, now) {
      const sorted = due.toSorted((one, other) => rank(other) - rank(one) || byWait(one, other));
      const [first] = sorted;
      const waiting = late(due, now);
      if (waiting === undefined || waiting === first) passedOver = 0;
      const order = sorted.map((entry) => ({ entry, next: entry.next }));
      if (!waiting?.next || passedOver < inRow) return order;
      const urgency = first?.next?.urgency === 'progress' ? 'progress' : 'act';
      const raised = { ...waiting.next, urgency } as const;
      return [{ entry: waiting, next: raised }, ...order.filter(({ entry }) => entry !== waiting)];
    },
    served(entry, now) {
      passedOver = now - waitsSince(entry) >= patience ? 0 : passedOver + 1;
      entry.servedAt = now;
    },
  };
}

function waitsSince({ since, servedAt }: Unsent): number {
  return servedAt ?? since;
}

function byWait(one: Unsent, other: Unsent): number {
  return waitsSince(one) - waitsSince(other);
}

function rank({ next }: Unsent): number {
  return urgencies.indexOf(next?.urgency ?? 'progress');
}

/** It is tried again after a pause that doubles with each failure in a row, up to `longest`. */
export function failed(entry: Unsent, now: number, longest: number): void {
  entry.notBefore = now + Math.min(500 * 2 ** entry.failures, longest);
  entry.failures += 1;
  entry.changed = true;
}
