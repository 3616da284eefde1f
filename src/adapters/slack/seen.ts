import type { Clock } from '../../ports/clock.ts';
import type { Seen } from '../../ports/seen.ts';
import type { Log } from './log.ts';

/**
 * Tells the first sight of a key from later ones within a window (milliseconds). Bounded: beyond `most` keys
 * the oldest are forgotten early, so only what was verified may be remembered.
 */
export function firstSight(clock: Clock, window: number, most = 10_000): (key: string) => boolean {
  const seen = new Map<string, number>();
  return (key) => {
    const now = clock.now();
    for (const [old, at] of seen) {
      if (at + window > now) break;
      seen.delete(old);
    }
    if (seen.has(key)) return false;
    if (seen.size >= most) seen.delete(seen.keys().next().value ?? key);
    seen.set(key, now);
    return true;
  };
}

export interface SightParts {
  clock: Clock;
  log: Log;
  /** What all processes share; absent: this process knows only itself. */
  seen?: Seen;
}

/** Slack waits three seconds for an acknowledgement: the shared memory gets a part of them (milliseconds). */
const patience = 1_000;

/**
 * The first sight of a key by any process. While the shared memory does not answer, this process goes by what it
 * has seen itself: nothing can be recorded at such a time, and the person is to be told so.
 */
export function sharedSight(
  { clock, log, seen }: SightParts,
  kind: string,
  window: number,
  most?: number,
): (key: string) => Promise<boolean> {
  const isFirstHere = firstSight(clock, window, most);
  return async (key) => {
    if (!isFirstHere(key)) return false;
    if (seen === undefined) return true;
    try {
      return await within(patience, seen.first(`slack:${kind}:${key}`, window));
    } catch (error) {
      log.warn({ err: error }, 'Whether another process took a delivery from Slack is not known');
      return true;
    }
  };
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
