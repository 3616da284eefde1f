import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Closure, Rooms } from '../../ports/rooms.ts';
import { keys } from './keys.ts';

const closureSchema = z.object({
  channel: z.string(),
  rollout: z.string().optional(),
  why: z.string(),
  since: z.string(),
});

/** The closed rooms, in Redis. */
export function createRooms(redis: Redis): Rooms {
  return {
    async closed() {
      const stored = await redis.hvals(keys.closedRooms);
      return stored.map((text): Closure => {
        const { rollout, ...closure } = closureSchema.parse(JSON.parse(text));
        return { ...closure, ...(rollout === undefined ? {} : { rollout }) };
      });
    },
    async close(closure) {
      const { channel, rollout } = closure;
      const field = rollout === undefined ? channel : `${rollout} ${channel}`;
      return (await redis.hsetnx(keys.closedRooms, field, JSON.stringify(closure))) === 1;
    },
    async open(name) {
      return (await redis.hdel(keys.closedRooms, name)) === 1;
    },
  };
}
