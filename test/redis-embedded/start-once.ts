/** Starts an embedded Redis, says whether the program had to be fetched and which version it is, and stops it. */
import { askServer } from '../../src/adapters/redis/embedded/ask.ts';
import { startEmbeddedRedis } from '../../src/adapters/redis/embedded.ts';

const [dir = ''] = process.argv.slice(2);
let how = 'ready';
const redis = await startEmbeddedRedis({
  dir: `${dir}/data`,
  onProgress: () => {
    how = 'ready after fetching';
  },
});
const { version } = await askServer(redis.port);
await redis.stop();
console.log(`${how}, version ${version}`);
