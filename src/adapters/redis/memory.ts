import type { Redis } from 'ioredis';
import type { NewNonce } from '../../ports/clock.ts';
import type { Memory, Turns } from '../../ports/memory.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** What adapters keep, in Redis. */
export function createMemory(redis: Redis): Memory {
  return {
    read: async (key) => (await redis.get(keys.memory(key))) ?? undefined,
    write: async (key, value, time) => void (await redis.set(keys.memory(key), value, 'PX', time)),
    take: async (key) => (await redis.getdel(keys.memory(key))) ?? undefined,
  };
}

/** Turns, by keys that expire. */
export function createTurns(redis: Redis, scripts: Pick<Scripts, 'renew'>, newNonce: NewNonce): Turns {
  return {
    async take(name, time) {
      const key = keys.turn(name);
      const token = newNonce();
      if ((await redis.set(key, token, 'PX', time, 'NX')) === null) return undefined;
      return {
        extend: async () => (await scripts.renew([key], [token, time])) === 1,
        release: async () => void (await scripts.renew([key], [token, 1])),
      };
    },
  };
}
