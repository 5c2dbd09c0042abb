-- Begins every script about leases. A lease is what a caller may know of it, and last its owner and
-- its fingerprint.
local STATE, VERSION, TTL, AT, END, HASH, CODE, RESULT, DROPPED, BY, PRINT =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
local DAY = 86400000

-- How long a lease that ended so is known, and one that ran out or was given back.
local function remembered(state)
  return (state == 'completed' or state == 'failed') and 7 * DAY or DAY
end

-- Nil where there never was one, or it is forgotten.
local function leaseFound()
  local lease = redis.call('HMGET', KEYS[1], 'l.state', 'l.version', 'l.ttl', 'l.at', 'l.end',
    'l.hash', 'l.code', 'l.result', 'l.dropped', 'l.by', 'l.fp')
  if not lease[STATE] or now >= lease[END] + remembered(lease[STATE]) then
    return nil
  end
  return lease
end

local function isFree(lease)
  local state = lease[STATE]
  return state == 'cancelled' or state == 'released'
    or (state == 'held' and now >= tonumber(lease[END]))
end

local function answer(word, lease)
  if not lease then
    return {word, now}
  end
  return {word, now, unpack(lease, STATE, DROPPED)}
end
