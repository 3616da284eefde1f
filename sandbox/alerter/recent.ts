import type { Json } from '../../src/core/json.ts';
import type { Signal } from './scrape.ts';

/** What the looks of the last minutes have shown. */
export interface Recent {
  add(signals: readonly Signal[], now: number): void;
  /** The oldest first, each with its time in milliseconds since the epoch. */
  all(): Json;
}

/** Three minutes. */
const mostLooks = 180;

export function createRecent(): Recent {
  const looks: { at: number; signals: readonly Signal[] }[] = [];
  return {
    add(signals, now) {
      looks.push({ at: now, signals });
      if (looks.length > mostLooks) looks.shift();
    },
    all: () =>
      looks.map(({ at, signals }) => ({
        at,
        signals: signals.map(({ colour, live, errors, p95 }) => ({ colour, live, errors, p95 })),
      })),
  };
}
