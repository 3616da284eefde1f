import { z } from 'zod';
import { durable } from './durable.ts';
import type { Origin } from './origin.ts';

/** Keeps out callers whose lease was taken over. */
export interface Fence {
  /** False for an epoch lower than the highest seen for that rollout; remembers a higher one durably. */
  admits(origin: Origin): boolean;
}

/** A fence whose memory is in a file. */
export function fence(file: string): Fence {
  const highest = durable(file, z.record(z.string(), z.number()), {});
  return {
    admits({ rollout, epoch }) {
      if (rollout === null || epoch === null) return true;
      const seen = highest.value[rollout] ?? -1;
      if (epoch > seen) highest.set({ ...highest.value, [rollout]: epoch });
      return epoch >= seen;
    },
  };
}
