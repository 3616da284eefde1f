import type { Redis } from 'ioredis';
import { seen, tell } from './alert-scripts.ts';
import * as outboundScripts from './outbound-scripts.ts';

/**
 * Compare-and-append over one or more journals, all or nothing, with the fence checked in the same step. Each rollout
 * whose journal has grown is active and due, also when it was at an end before.
 * KEYS: lease, due, unshown, rollouts, active, journal…
 * ARGV: lease token or '', due score, changes channel, then for each journal: rollout id or '' (an environment's),
 *       created score or '', number of threads, thread…, expected length, number of events, event…
 * Answers 'ok', 'fenced', or the position (from 1) of the first journal that has moved.
 */
const append = `
if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local journals = {}
local at = 4
for i = 6, #KEYS do
  local threads = tonumber(ARGV[at + 2])
  local expected = at + 3 + threads
  local events = tonumber(ARGV[expected + 1])
  if redis.call('LLEN', KEYS[i]) ~= tonumber(ARGV[expected]) then return tostring(i - 5) end
  journals[#journals + 1] = { KEYS[i], at, threads, expected + 1, events }
  at = expected + 2 + events
end
for _, journal in ipairs(journals) do
  local key, from, threads, before, events = unpack(journal)
  for i = 1, events do redis.call('RPUSH', key, ARGV[before + i]) end
  local id, created = ARGV[from], ARGV[from + 1]
  if id ~= '' then
    local seq = redis.call('LLEN', key)
    redis.call('ZADD', KEYS[2], ARGV[2], id)
    if created ~= '' then redis.call('ZADD', KEYS[4], created, id) end
    redis.call('ZADD', KEYS[5], 'NX', redis.call('ZSCORE', KEYS[4], id) or 0, id)
    for i = 1, threads do redis.call('HSET', KEYS[3], ARGV[from + 2 + i], seq) end
    redis.call('PUBLISH', ARGV[3], id .. ' ' .. seq)
  end
end
return 'ok'`;

/**
 * Takes the lease if nobody holds it, and reads the journal from a position on.
 * KEYS: lease, epoch, journal. ARGV: owner, time in ms, position. Answers {epoch, events} or {0}.
 */
const acquire = `
if redis.call('EXISTS', KEYS[1]) == 1 then return { 0 } end
if redis.call('EXISTS', KEYS[3]) == 0 then return { 0 } end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], epoch .. ':' .. ARGV[1], 'PX', ARGV[2])
return { epoch, redis.call('LRANGE', KEYS[3], ARGV[3], -1) }`;

/** KEYS: lease. ARGV: token, time in ms. Answers 1, or 0 when the lease is lost. */
const renew = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Changes a held lease to a new epoch. KEYS: lease, epoch. ARGV: token, owner, time in ms. Answers the epoch, or 0. */
const fence = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], epoch .. ':' .. ARGV[2], 'PX', ARGV[3])
return epoch`;

/**
 * Gives the lease back unless the journal has grown. KEYS: lease, journal, due, active, duties, rollouts.
 * ARGV: token, expected length, rollout id, due score or '', 1 when ended, 1 with open duties.
 * Answers 1, or 0 when it has grown.
 */
const rest = `
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 0 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 1 end
redis.call('DEL', KEYS[1])
if ARGV[4] == '' then redis.call('ZREM', KEYS[3], ARGV[3]) else redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3]) end
if ARGV[5] == '1' then redis.call('ZREM', KEYS[4], ARGV[3]) else redis.call('ZADD', KEYS[4], 'NX', 0, ARGV[3]) end
if ARGV[6] ~= '1' then redis.call('ZREM', KEYS[5], ARGV[3])
else redis.call('ZADD', KEYS[5], redis.call('ZSCORE', KEYS[6], ARGV[3]) or 0, ARGV[3]) end
return 1`;

/** Rollouts that are due and unheld. KEYS: due. ARGV: now, limit, prefix of lease keys. */
const due = `
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 10000)) do
  if redis.call('EXISTS', ARGV[3] .. id) == 0 then found[#found + 1] = id end
  if #found >= tonumber(ARGV[2]) then break end
end
return found`;

/** Forgets that a thread is behind, unless it is behind again. KEYS: unshown. ARGV: thread, sequence number. */
const shown = `
local seq = redis.call('HGET', KEYS[1], ARGV[1])
if seq and tonumber(seq) <= tonumber(ARGV[2]) then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`;

const scripts = { append, acquire, renew, fence, rest, due, shown, tell, seen, ...outboundScripts };

export interface Scripts {
  append(keys: string[], args: (string | number)[]): Promise<string>;
  acquire(keys: string[], args: (string | number)[]): Promise<[number, string[]?]>;
  renew(keys: string[], args: (string | number)[]): Promise<number>;
  fence(keys: string[], args: (string | number)[]): Promise<number>;
  rest(keys: string[], args: (string | number)[]): Promise<number>;
  due(keys: string[], args: (string | number)[]): Promise<string[]>;
  shown(keys: string[], args: (string | number)[]): Promise<number>;
  tell(keys: string[], args: (string | number)[]): Promise<(string | number)[]>;
  seen(keys: string[], args: (string | number)[]): Promise<number>;
  writeLocked(keys: string[], args: (string | number)[]): Promise<number>;
  forgetLocked(keys: string[], args: (string | number)[]): Promise<number>;
  unlock(keys: string[], args: (string | number)[]): Promise<number>;
  take(keys: string[], args: (string | number)[]): Promise<[number, number]>;
  giveBack(keys: string[], args: (string | number)[]): Promise<number>;
  hold(keys: string[], args: (string | number)[]): Promise<number>;
}

type Command = (count: number, ...args: (string | number)[]) => Promise<unknown>;

/** The atomic scripts over a connection; each is sent once and then called by its digest. */
export function scriptsOf(redis: Redis): Scripts {
  const calls = Object.entries(scripts).map(([name, lua]) => {
    const command = `cutover_${name}`;
    redis.defineCommand(command, { lua });
    const call = (keys: string[], args: (string | number)[]) =>
      (redis as unknown as Record<string, Command>)[command]?.call(redis, keys.length, ...keys, ...args);
    return [name, call];
  });
  return Object.fromEntries(calls) as Scripts;
}
