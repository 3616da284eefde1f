import type { Redis } from 'ioredis';
import type { Seen } from '../../ports/seen.ts';
import { keys } from './keys.ts';

/** Remembers in Redis what was seen: one atomic write for each key, which expires. */
export function createSeen(redis: Redis): Seen {
  return {
    first: async (key, window) => (await redis.set(keys.seen(key), '1', 'PX', window, 'NX')) !== null,
  };
}
