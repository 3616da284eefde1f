/**
 * Posts a message once for each operation, and forgets the oldest threads beyond the limit.
 * KEYS: channel's prefix. ARGV: operation, thread root or '', card, time, threads kept, replies kept.
 * Answers the id, or nil when the thread is gone.
 */
export const postScript = `
local base = KEYS[1]
local operation, thread, card, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local known = redis.call('HGET', base .. ':operations', operation)
if known then return known end
if thread ~= '' and redis.call('EXISTS', base .. ':message:' .. thread) == 0 then return false end

local function forget(id)
  local message = base .. ':message:' .. id
  local its = redis.call('HGET', message, 'operation')
  if its then redis.call('HDEL', base .. ':operations', its) end
  redis.call('DEL', message)
end

local id = 'm' .. redis.call('INCR', base .. ':count')
redis.call('HSET', base .. ':message:' .. id, 'v', '1', 'operation', operation, 'thread', thread,
  'card', card, 'at', at, 'edits', '0', 'editedAt', '')
redis.call('HSET', base .. ':operations', operation, id)
if thread == '' then
  redis.call('RPUSH', base .. ':roots', id)
  while redis.call('LLEN', base .. ':roots') > tonumber(ARGV[5]) do
    local oldest = redis.call('LPOP', base .. ':roots')
    for _, reply in ipairs(redis.call('LRANGE', base .. ':thread:' .. oldest, 0, -1)) do forget(reply) end
    redis.call('DEL', base .. ':thread:' .. oldest)
    forget(oldest)
  end
else
  local replies = base .. ':thread:' .. thread
  redis.call('RPUSH', replies, id)
  while redis.call('LLEN', replies) > tonumber(ARGV[6]) do forget(redis.call('LPOP', replies)) end
end
return id
`;

/**
 * Replaces a message's card. KEYS: channel's prefix. ARGV: id, card, time.
 * Answers 0 when the message is gone, 1 when it says this already, 2 when it was edited.
 */
export const updateScript = `
local message = KEYS[1] .. ':message:' .. ARGV[1]
local card = redis.call('HGET', message, 'card')
if not card then return 0 end
if card == ARGV[2] then return 1 end
redis.call('HSET', message, 'card', ARGV[2], 'editedAt', ARGV[3])
redis.call('HINCRBY', message, 'edits', 1)
return 2
`;
