import type { EventSource } from '../adapters/web/events.ts';
import { iso } from '../ports/clock.ts';

/** What the console's page warns of, on top of everything else. */
export type Trouble = 'journal' | 'sandbox';

/** The troubles that there are now; the page hears of each change, and of what there is when it connects. */
export interface Troubles {
  /** A trouble since this time (milliseconds); without one it is over. */
  set(about: Trouble, since: number | undefined): void;
  /** `{ about, since }`; without `since` it is over. */
  source: EventSource;
}

export function createTroubles(): Troubles {
  const now = new Map<Trouble, number>();
  const listeners = new Set<(news: object) => void>();
  const newsOf = (about: Trouble, since: number | undefined) =>
    since === undefined ? { about } : { about, since: iso(since) };
  return {
    set(about, since) {
      if (since === undefined) now.delete(about);
      else now.set(about, since);
      for (const tell of listeners) tell(newsOf(about, since));
    },
    source: {
      name: 'trouble',
      subscribe(tell) {
        for (const [about, since] of now) tell(newsOf(about, since));
        listeners.add(tell);
        return () => void listeners.delete(tell);
      },
    },
  };
}
