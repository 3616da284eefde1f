/** A process that owns an embedded Redis, for tests that kill it: prints one JSON line when it is ready. */
import { startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';

process.on('SIGINT', () => undefined);
const [dir = ''] = process.argv.slice(2);
try {
  const redis = await startEmbeddedRedis({ dir });
  console.log(JSON.stringify({ pid: redis.pid, port: redis.port }));
  setInterval(() => undefined, 1_000);
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
}
