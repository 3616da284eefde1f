import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { createAllowance } from '../../src/adapters/redis/allowance.ts';
import { connectPatiently } from '../../src/adapters/redis/connect.ts';
import type { EmbeddedRedis } from '../../src/adapters/redis/embedded.ts';
import { keys } from '../../src/adapters/redis/keys.ts';
import { createRooms } from '../../src/adapters/redis/rooms.ts';
import { scriptsOf } from '../../src/adapters/redis/scripts.ts';
import { createThreads } from '../../src/adapters/redis/threads.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { redisForTest } from '../support/redis.ts';
import { outboundContract } from './contract.ts';

let server: EmbeddedRedis;
let redis: Redis;
beforeAll(async () => {
  server = await redisForTest();
  redis = connectPatiently(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

outboundContract('Redis', () => {
  const scripts = scriptsOf(redis);
  return {
    threads: createThreads({ redis, scripts, newNonce: randomUUID, clock: systemClock }),
    rooms: createRooms(redis),
    allowance: createAllowance(scripts),
    pass: async (milliseconds) => void (await pass(milliseconds)),
    async expire({ rollout, channel }) {
      await redis.del(keys.threadLock(rollout, channel));
    },
  };
});
