import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { NewNonce } from '../../ports/clock.ts';
import type { Begun, Deliveries } from '../../ports/deliveries.ts';
import { keys } from './keys.ts';
import type { Scripts } from './scripts.ts';

/** A worker that is silent for so long is dead (milliseconds). */
const lockTime = 15_000;

/** Platforms deliver again for a day at most (milliseconds); what is done is remembered for a little longer. */
const kept = 26 * 3_600_000;

/** KEYS: delivery, open deliveries, lock. ARGV: key, token, time in ms. Answers {content, begun before} or {}. */
const begin = `
local content = redis.call('HGET', KEYS[1], 'content')
if not content or redis.call('HEXISTS', KEYS[1], 'done') == 1 then
  redis.call('SREM', KEYS[2], ARGV[1])
  return {}
end
if not redis.call('SET', KEYS[3], ARGV[2], 'PX', ARGV[3], 'NX') then return {} end
return { content, redis.call('HINCRBY', KEYS[1], 'begun', 1) }`;

/** The same for one that may be kept already. ARGV further: content, time in ms. */
const take = `
if redis.call('HSETNX', KEYS[1], 'content', ARGV[4]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  redis.call('SADD', KEYS[2], ARGV[1])
end
${begin}`;

/** KEYS: delivery, open deliveries, lock. ARGV: key. What is done needs no content any more. */
const done = `
redis.call('HSET', KEYS[1], 'content', '', 'done', 1)
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])
return 1`;

const begunSchema = z.union([z.tuple([]), z.tuple([z.string(), z.number()])]);

/** Deliveries of one kind, such as those to one bot, in Redis. */
export function createDeliveries(
  redis: Redis,
  scripts: Pick<Scripts, 'renew'>,
  kind: string,
  newNonce: NewNonce,
): Deliveries {
  const open = keys.deliveries(kind);
  const keysOf = (key: string) =>
    [keys.delivery(`${kind}:${key}`), open, keys.deliveryLock(`${kind}:${key}`)] as const;
  async function begun(key: string, script: string, more: (string | number)[]): Promise<Begun | undefined> {
    const names = keysOf(key);
    const token = newNonce();
    const answer = begunSchema.parse(await redis.eval(script, 3, ...names, key, token, lockTime, ...more));
    if (answer.length === 0) return undefined;
    const [content, times] = answer;
    return {
      content,
      interrupted: times > 1,
      extend: async () => void (await scripts.renew([names[2]], [token, lockTime])),
      done: async () => void (await redis.eval(done, 3, ...names, key)),
    };
  }
  return {
    take: (key, content) => begun(key, take, [content, kept]),
    begin: (key) => begun(key, begin, []),
    open: () => redis.smembers(open),
  };
}
