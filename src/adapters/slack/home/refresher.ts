import { setTimeout as pause } from 'node:timers/promises';

export interface Refresher {
  /** Something changed: it is looked at soon. */
  changed(): void;
  stop(): Promise<void>;
}

/** Refreshes soon after a change, and now and then without one; never twice at once, nor more often than `every` milliseconds. */
export function startRefresher(
  refresh: () => Promise<void>,
  { every, atLeast }: { every: number; atLeast: number },
): Refresher {
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  const loop = run();

  async function run(): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      const timer = new AbortController();
      const anyway = pause(atLeast, undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(
        () => {},
      );
      await Promise.race([wake.promise, anyway]);
      timer.abort();
      wake = Promise.withResolvers();
      if (!signal.aborted) await refresh();
      await pause(every, undefined, { signal }).catch(() => {});
    }
  }

  return {
    changed: () => wake.resolve(),
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
