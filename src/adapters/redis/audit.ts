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
    /** The journals of who is who over the platforms, by the name that people ask for them by; those that there are. */
    async accounts(): Promise<Map<string, string[]>> {
      const kinds = ['policy', 'sandbox'] as const;
      const found = await Promise.all(kinds.map((of) => redis.lrange(keys.accounts(of), 0, -1)));
      const named = kinds.map((of, index) => [`accounts-of-${of}`, found[index] ?? []] as const);
      return new Map(named.filter(([, lines]) => lines.length > 0));
    },
    close: () => redis.disconnect(),
  };
}
