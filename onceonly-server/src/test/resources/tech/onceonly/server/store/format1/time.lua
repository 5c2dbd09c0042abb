-- Begins every script. KEYS[1] holds all that is known of one key, its claim and its lease.
-- ARGV[1] is the moment in milliseconds, or empty for Redis's own.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What counts is the moment; Redis only clears away, later than that by more than clocks differ.
local GRACE = 60000

-- The field and its value, where it has one.
local function ifAny(field, value)
  if value ~= '' then
    return field, value
  end
end

-- Whether both are there, and two.
local function differ(fingerprint, other)
  return fingerprint and other ~= '' and fingerprint ~= other
end

-- Writes fields that count until then, and gives the error where Redis takes none.
-- What was there already stays as long as it had to. Prolonging comes first: it takes no memory, and
-- after it Redis lets a script finish, so that what is known can be settled in a full one too.
local function put(deadline, ...)
  local left = redis.call('PTTL', KEYS[1])
  local life = math.max(left, deadline - now + GRACE)
  local isNew = left == -2
  if not isNew then
    redis.call('PEXPIRE', KEYS[1], life)
  end
  local written = redis.pcall('HSET', KEYS[1], ...)
  if type(written) == 'table' and written.err then
    return written
  end
  if isNew then
    redis.call('PEXPIRE', KEYS[1], life)
  end
  return nil
end
