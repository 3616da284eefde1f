import type { Json } from '../../src/core/json.ts';

/** Milliseconds over which the present rate is taken. */
const span = 5_000;

/** Counts intents since the process started. */
export interface IntentCount {
  processed(): void;
  rejected(): void;
  describe(): Json;
}

export function countIntents(): IntentCount {
  let processed = 0;
  let rejected = 0;
  let lastAt: number | null = null;
  let recent: number[] = [];
  const forget = (now: number) => {
    recent = recent.filter((at) => at > now - span);
  };
  return {
    processed() {
      lastAt = Date.now();
      processed += 1;
      forget(lastAt);
      recent.push(lastAt);
    },
    rejected() {
      rejected += 1;
    },
    describe() {
      forget(Date.now());
      const perSecond = recent.length / (span / 1_000);
      return {
        processed,
        rejected,
        perSecond,
        lastAt: lastAt === null ? null : new Date(lastAt).toISOString(),
      };
    },
  };
}
