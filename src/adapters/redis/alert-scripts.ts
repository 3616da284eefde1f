/** Forgets what is older than it is kept, a hundred alerts at a time. `prefix` is that of the groups' keys. */
const forget = `
local function forget(index, changed, firing, prefix, now)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', now, 'LIMIT', 0, 100)) do
    local id, fingerprint = string.match(member, '^(%S+) (.*)$')
    local key = prefix .. id
    local told = redis.call('HGET', key, 't ' .. fingerprint)
    if told and string.sub(told, 1, 1) == 'f' and redis.call('HINCRBY', key, 'firing', -1) <= 0 then
      redis.call('ZREM', firing, id)
    end
    redis.call('HDEL', key, 't ' .. fingerprint, 'n ' .. fingerprint)
    redis.call('ZREM', index, member)
    if redis.call('HLEN', key) <= 2 then
      redis.call('DEL', key)
      redis.call('ZREM', changed, id)
      redis.call('ZREM', firing, id)
    end
  end
end`;

/**
 * Compare-and-set of alerts of one group, each by itself: what was told of one since it was judged leaves it alone.
 * KEYS: group, changed, firing, kept until, version, journal.
 * ARGV: id of the group, prefix of groups' keys, now, channel, begin of the journal, then for each alert:
 *       fingerprint, what was told before or '', what is told now, its notice or '' for a note only, until when to keep.
 * Answers of each that has moved its position (from 0), and what is told of it now.
 */
export const tell = `${forget}
local fields = {}
for i = 6, #ARGV, 5 do fields[#fields + 1] = 't ' .. ARGV[i] end
local before = redis.call('HMGET', KEYS[1], unpack(fields))
local moved, set, keep, journal, firing = {}, {}, {}, {}, 0
for n = 1, #fields do
  local at = 1 + n * 5
  local told = before[n] or ''
  if told ~= ARGV[at + 1] then
    moved[#moved + 1], moved[#moved + 2] = n - 1, told
  else
    set[#set + 1], set[#set + 2] = fields[n], ARGV[at + 2]
    keep[#keep + 1], keep[#keep + 2] = ARGV[at + 4], ARGV[1] .. ' ' .. ARGV[at]
    if ARGV[at + 3] ~= '' then
      set[#set + 1], set[#set + 2] = 'n ' .. ARGV[at], ARGV[at + 3]
      journal[#journal + 1], journal[#journal + 2] = 'notice', ARGV[at + 3]
      if string.sub(told, 1, 1) == 'f' then firing = firing - 1 end
      if string.sub(ARGV[at + 2], 1, 1) == 'f' then firing = firing + 1 end
    end
  end
end
if #set == 0 then return moved end
redis.call('HSET', KEYS[1], unpack(set))
redis.call('ZADD', KEYS[4], unpack(keep))
if #journal > 0 then
  local version = redis.call('INCR', KEYS[5])
  redis.call('HSET', KEYS[1], 'version', version)
  redis.call('ZADD', KEYS[2], 'NX', version, ARGV[1])
  if redis.call('HINCRBY', KEYS[1], 'firing', firing) > 0 then redis.call('ZADD', KEYS[3], version, ARGV[1])
  else redis.call('ZREM', KEYS[3], ARGV[1]) end
  redis.call('XADD', KEYS[6], 'MINID', '~', ARGV[5], '*', 'group', ARGV[1], unpack(journal))
  redis.call('PUBLISH', ARGV[4], ARGV[1])
end
forget(KEYS[4], KEYS[2], KEYS[3], ARGV[2], ARGV[3])
return moved`;

/** A group has been looked at. KEYS: group, changed. ARGV: its id, the version that was looked at. */
export const seen = `
local version = redis.call('HGET', KEYS[1], 'version')
if version and tonumber(version) > tonumber(ARGV[2]) then return redis.call('ZADD', KEYS[2], 'XX', version, ARGV[1]) end
return redis.call('ZREM', KEYS[2], ARGV[1])`;
