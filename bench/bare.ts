import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startEmbeddedRedis } from '../src/adapters/redis/embedded.ts';

/** The least that could stand in the bot's place: says each durable append, and lives no longer than the bench. */
async function main([kind, where = '']: string[]): Promise<void> {
  process.on('disconnect', () => process.exit());
  if (kind === 'start') await start(where);
  else work(where);
}

/** Its own Redis over a folder of data, one append, and an open port. */
async function start(dir: string): Promise<void> {
  const { url } = await startEmbeddedRedis({ dir });
  const redis = new Redis(url);
  await redis.rpush('steps', 'begun');
  await once(createServer((_, response) => response.end('ready')).listen(0, '127.0.0.1'), 'listening');
  process.send?.('appended');
}

/** A job that goes on for ever, step by step, with the settings of the bot's own workers. */
function work(url: string): void {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  const job = async (): Promise<void> => {
    for (;;) {
      await redis.rpush('steps', 'done');
      process.send?.('appended');
      await pause(100);
    }
  };
  const settings = { lockDuration: 5_000, stalledInterval: 2_000, maxStalledCount: Number.MAX_SAFE_INTEGER };
  new Worker('bare', job, { connection: redis, ...settings });
}

await main(process.argv.slice(2));
