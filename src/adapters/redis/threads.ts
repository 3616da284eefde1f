import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { NewNonce } from '../../ports/clock.ts';
import type { Standing, Threads } from '../../ports/threads.ts';
import { threadName } from './appender.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

const lockTime = 15_000;

const standingSchema = z.object({
  operation: z.string(),
  ref: z.object({ channel: z.string(), id: z.string() }).optional(),
  digest: z.string().optional(),
});

/** What stands in the threads, in Redis. */
export function createThreads(redis: Redis, scripts: Scripts, newNonce: NewNonce): Threads {
  return {
    async lock({ rollout, channel }) {
      const key = keys.threadLock(rollout, channel);
      const token = newNonce();
      if ((await redis.set(key, token, 'PX', lockTime, 'NX')) === null) return undefined;
      return {
        extend: async () => (await scripts.renew([key], [token, lockTime])) === 1,
        release: async () => void (await scripts.renew([key], [token, 1])),
      };
    },
    async read({ rollout, channel }) {
      const stored = await redis.hgetall(keys.thread(rollout, channel));
      const entries = Object.entries(stored).map(([key, text]) => {
        const { operation, ref, digest } = standingSchema.parse(JSON.parse(text));
        return [key, { operation, ...(ref ? { ref } : {}), ...(digest ? { digest } : {}) }] as const;
      });
      return new Map(entries);
    },
    async write({ rollout, channel }, key, standing) {
      await redis.hset(keys.thread(rollout, channel), key, JSON.stringify(standing));
    },
    async forget({ rollout, channel }, key, operation) {
      const noted: Standing = { operation };
      await scripts.forget([keys.thread(rollout, channel)], [key, JSON.stringify(noted)]);
    },
    async behind() {
      return (await redis.hkeys(keys.unshown)).flatMap((name) => {
        const [rollout, ...channel] = name.split(' ');
        return rollout ? [{ rollout, channel: channel.join(' ') }] : [];
      });
    },
    async shown({ rollout, channel }, seq) {
      await scripts.shown([keys.unshown], [threadName(rollout, channel), seq]);
    },
  };
}
