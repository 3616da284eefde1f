import { Redis } from 'ioredis';
import { keys } from './keys.ts';

/** The journals as they are stored, byte for byte, for audits. */
export function openAudit(url: string) {
  const redis = new Redis(url, { maxRetriesPerRequest: 2 });
  return {
    /** All rollouts, oldest first. */
    ids: () => redis.zrange(keys.rollouts, '0', '-1'),
    /** The events of a rollout as lines of JSON, in order. */
    lines: (id: string) => redis.lrange(keys.journal(id), 0, -1),
    close: () => redis.disconnect(),
  };
}
