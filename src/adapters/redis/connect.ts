import { Redis } from 'ioredis';

const reconnectLimit = 500;

/**
 * A connection for work that must go on: commands wait through an outage of Redis and are sent when it is back.
 * Every write of ours is a compare-and-append, so a command that is sent twice takes effect once.
 */
export function connectPatiently(url: string): Redis {
  return new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(attempt * 50, reconnectLimit),
  });
}

/** A connection for answering people: it fails at once when Redis can't be reached, so that they are told. */
export function connectPromptly(url: string): Redis {
  return new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: 2_500,
    retryStrategy: (attempt) => Math.min(attempt * 50, reconnectLimit),
  });
}

/** Resolves once it can be asked. */
export async function isReady(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') await new Promise<void>((resolve) => redis.once('ready', () => resolve()));
}
