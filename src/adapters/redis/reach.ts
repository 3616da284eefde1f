import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** Milliseconds that a Redis which starts together with the bot gets. */
const patience = 5_000;
/** Milliseconds that one gets which loads its data. */
const loadingPatience = 600_000;
const oldest: readonly [number, number] = [6, 2];

/**
 * Waits until the Redis at an address takes commands, and answers what is unwise about its settings. Throws a
 * sentence for a person; no password of the address is in it.
 */
export async function reachRedis(url: string, onProgress?: (message: string) => void): Promise<string[]> {
  const began = performance.now();
  let loadingSaid = false;
  for (;;) {
    const answer = await ask(url);
    if ('info' in answer) return remarks(answer.info, url);
    const loading = /^LOADING/.test(answer.error.message);
    if (loading && !loadingSaid) onProgress?.('Redis is loading its data.');
    loadingSaid ||= loading;
    const limit = loading ? loadingPatience : patience;
    if (isFinal(answer.error) || performance.now() - began > limit) throw unreachable(url, answer.error);
    await pause(100);
  }
}

async function ask(url: string): Promise<{ info: string } | { error: Error }> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    retryStrategy: () => null,
  });
  let heard: Error | undefined;
  redis.on('error', (error: Error) => {
    heard = error;
  });
  try {
    await redis.connect();
    return { info: await redis.info() };
  } catch (error) {
    return { error: heard ?? (error instanceof Error ? error : new Error(String(error))) };
  } finally {
    redis.disconnect();
  }
}

/** Waiting does not help against these. */
function isFinal({ message }: Error): boolean {
  return /^(NOAUTH|WRONGPASS|NOPERM|ERR)/.test(message) || /ENOTFOUND|EPROTO|SSL|certificate/i.test(message);
}

function unreachable(url: string, cause: Error): Error {
  const { host } = new URL(url);
  const refused = /^(NOAUTH|WRONGPASS)/.test(cause.message);
  const sentence = refused
    ? `Redis at ${host} refuses the password of REDIS_URL. Set it as redis://:<password>@${host}.`
    : `Redis at ${host} can't be reached (${reasonOf(cause)}). Start it, or correct REDIS_URL.`;
  return new Error(sentence, { cause });
}

function reasonOf(cause: Error): string {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    ETIMEDOUT: 'no answer',
    ECONNRESET: 'it closes the connection',
  };
  return known[code] ?? (cause.message || 'no answer');
}

function remarks(info: string, url: string): string[] {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const version = field('redis_version') ?? '0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const { host } = new URL(url);
    throw new Error(
      `Redis at ${host} is version ${version}; ${oldest.join('.')} or newer is needed. Update it, or set REDIS_URL to a newer one.`,
    );
  }
  const policy = field('maxmemory_policy');
  return [
    ...(policy === undefined || policy === 'noeviction'
      ? []
      : [`Redis may evict keys (maxmemory-policy ${policy}): journals can get lost. Set it to noeviction.`]),
    ...(field('aof_enabled') === '0'
      ? ['Redis keeps no append-only file: a crash of it loses journals. Set appendonly yes.']
      : []),
  ];
}
