import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { KeptGroups } from '../../ports/groups.ts';
import { keys } from './keys.ts';

const accountsSchema = z.array(z.string());

/** The members of user groups in a hash in Redis. */
export function createKeptGroups(redis: Redis): KeptGroups {
  return {
    async read() {
      const stored = Object.entries(await redis.hgetall(keys.groups));
      return new Map(stored.map(([group, text]) => [group, accountsSchema.parse(JSON.parse(text))]));
    },
    async write(group, accounts) {
      await redis.hset(keys.groups, group, JSON.stringify(accounts));
    },
  };
}
