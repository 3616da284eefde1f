import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';

/** A private Redis for one test file, on a free port, gone with its data when stopped. */
export async function redisForTest(
  options: { appendfsync?: 'always' | 'everysec' } = {},
): Promise<EmbeddedRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'cutover-redis-'));
  const redis = await startEmbeddedRedis({ dir, ...options });
  return {
    ...redis,
    async stop() {
      await redis.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
