import { expect, vi } from 'vitest';
import { keys } from '../../src/adapters/redis/keys.ts';
import { startEngine } from '../support/engine.ts';
import { redisForTest } from '../support/redis.ts';
import { rolloutsContract } from './contract.ts';

rolloutsContract('The rollouts in Redis', async (clock) => {
  const server = await redisForTest();
  const engine = await startEngine(server.url, { kinds: [], clock, workers: false });
  await vi.waitFor(async () => {
    expect(await engine.redis.pubsub('NUMSUB', keys.changes)).toEqual([keys.changes, 1]);
  });
  return {
    rollouts: engine.rollouts,
    async stop() {
      await engine.stop();
      await server.stop();
    },
  };
});
