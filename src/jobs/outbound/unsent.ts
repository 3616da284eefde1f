import { urgencies } from '../../core/card/urgent.ts';
import type { ThreadName } from '../../ports/threads.ts';
import type { Next } from './ensure.ts';

/** A thread that may have something unsent. */
export interface Unsent {
  thread: ThreadName;
  /** Milliseconds since the epoch. */
  since: number;
  /** Something happened since it was looked at. */
  changed: boolean;
  /** What it needs next, as far as was looked. */
  next?: Next | undefined;
  lookedAt?: number | undefined;
  /** The card that the last call was about. */
  after?: string | undefined;
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

/** The most urgent first, and then who waits longest. */
export function byUrgency(one: Unsent, other: Unsent): number {
  return rank(other) - rank(one) || one.since - other.since;
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
