import type { Clock } from '../../ports/clock.ts';

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
