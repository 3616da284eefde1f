import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock, NewNonce } from '../../ports/clock.ts';
import type { Standing, ThreadLock, Threads } from '../../ports/threads.ts';
import { threadName } from './appender.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** A thread is locked for so many milliseconds: who takes it over sees what a call of its last holder has made. */
const lockTime = 15_000;

/** A call to a platform ends within this (`ChatPort`), so that it ends under the lock that it began under. */
const callTime = 10_000;

const replaced = z.enum(['deleted', 'doubtful']);

const standingSchema = z.object({
  operation: z.string(),
  ref: z.object({ channel: z.string(), id: z.string() }).optional(),
  digest: z.string().optional(),
  wayBack: z.literal(true).optional(),
  gone: replaced.optional(),
  again: replaced.optional(),
  lost: z.literal(true).optional(),
});

export interface ThreadsDeps {
  redis: Redis;
  scripts: Scripts;
  newNonce: NewNonce;
  clock: Clock;
}

/** What stands in the threads, in Redis. */
export function createThreads(deps: ThreadsDeps): Threads {
  const { redis, scripts, newNonce, clock } = deps;
  return {
    async lock({ rollout, channel }) {
      const names = [keys.threadLock(rollout, channel), keys.thread(rollout, channel)] as const;
      const token = newNonce();
      const from = clock.now();
      if ((await redis.set(names[0], token, 'PX', lockTime, 'NX')) === null) return undefined;
      return heldLock(deps, names, token, from);
    },
    async read({ rollout, channel }) {
      const stored = await redis.hgetall(keys.thread(rollout, channel));
      return new Map(Object.entries(stored).map(([key, text]) => [key, readStanding(text)]));
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

function heldLock(
  { scripts, clock }: ThreadsDeps,
  [lock, hash]: readonly [string, string],
  token: string,
  from: number,
): ThreadLock {
  let held = from;
  return {
    async write(key, standing) {
      const at = clock.now();
      const args = [token, lockTime, key, JSON.stringify(standing)];
      if ((await scripts.writeLocked([lock, hash], args)) !== 1) return false;
      held = at;
      return true;
    },
    forget: async (key) => (await scripts.forgetLocked([lock, hash], [token, key])) === 1,
    isFresh: () => clock.now() - held < lockTime - callTime,
    release: async (after = 0) => void (await scripts.unlock([lock], [token, after])),
  };
}

function readStanding(text: string): Standing {
  const { operation, ref, digest, wayBack, gone, again, lost } = standingSchema.parse(JSON.parse(text));
  return {
    operation,
    ...(ref ? { ref } : {}),
    ...(digest === undefined ? {} : { digest }),
    ...(wayBack ? { wayBack } : {}),
    ...(gone ? { gone } : {}),
    ...(again ? { again } : {}),
    ...(lost ? { lost } : {}),
  };
}
