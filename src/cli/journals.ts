import { join } from 'node:path';
import { openAudit } from '../adapters/redis/audit.ts';
import { serverOf } from '../adapters/redis/embedded/claim.ts';
import { startEmbeddedRedis } from '../adapters/redis/embedded.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read.ts';

export type Journals = ReturnType<typeof openAudit>;

/**
 * Lets a command read the journals, beside a running bot or without one: with the Redis of REDIS_URL, of the bot that
 * runs on the data folder, or of the data folder itself.
 */
export async function withJournals(
  work: (journals: Journals, config: Config) => Promise<void>,
): Promise<void> {
  const read = readConfig(process.env);
  if ('faults' in read) throw new Error(read.faults.join(' '));
  const { redisUrl, dataDir } = read.config;
  const dir = join(dataDir, 'redis');
  const running = redisUrl === undefined ? await serverOf(dir) : undefined;
  const url = redisUrl ?? (running && `redis://127.0.0.1:${running.port}`);
  const own = url === undefined ? await startEmbeddedRedis({ dir }) : undefined;
  const journals = openAudit(url ?? own?.url ?? '');
  try {
    await work(journals, read.config);
  } finally {
    journals.close();
    await own?.stop();
  }
}
