/** Writes a field while the lock is held, and makes it last again. KEYS: lock, hash. ARGV: token, time in ms, field, text. */
export const writeLocked = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return 1`;

/** Deletes a field while the lock is held. KEYS: lock, hash. ARGV: token, field. */
export const forgetLocked = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
return 1`;

/** Gives a lock back, at once or later. KEYS: lock. ARGV: token, milliseconds. */
export const unlock = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/**
 * Takes a call out of all limits or out of none: each key holds when its limit is unused again (the generic cell
 * rate algorithm). The clock is that of Redis, so that all processes count alike.
 * KEYS: limit… ARGV: for each its interval in ms and its burst. Answers the wait in ms and the limit's place.
 */
export const take = `${now}
local wait, by, unused = 0, 0, {}
for i, key in ipairs(KEYS) do
  local every, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  unused[i] = math.max(tonumber(redis.call('GET', key) or now), now)
  local early = unused[i] - (burst - 1) * every - now
  if early > wait then wait, by = early, i end
end
if wait > 0 then return { wait, by } end
for i, key in ipairs(KEYS) do
  local at = unused[i] + tonumber(ARGV[2 * i - 1])
  redis.call('SET', key, string.format('%.0f', at), 'PX', math.max(1, at - now))
end
return { 0, 0 }`;

/** Puts a call back into limits. KEYS: limit… ARGV: for each its interval in ms. */
export const giveBack = `${now}
for i, key in ipairs(KEYS) do
  local at = tonumber(redis.call('GET', key) or 0) - tonumber(ARGV[i])
  if at > now then redis.call('SET', key, string.format('%.0f', at), 'PX', at - now)
  else redis.call('DEL', key) end
end
return 1`;

/** Allows nothing under a limit for a while. KEYS: limit. ARGV: interval, burst, milliseconds. */
export const hold = `${now}
local at = now + tonumber(ARGV[3]) + (tonumber(ARGV[2]) - 1) * tonumber(ARGV[1])
if tonumber(redis.call('GET', KEYS[1]) or 0) >= at then return 0 end
redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', at - now)
return 1`;
