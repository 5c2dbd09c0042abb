-- Begins every script. A Redis key holds all that is known of one key: a string is a claim and
-- nothing else, a hash whatever more there is. ARGV[1] is the moment in milliseconds, or empty for
-- Redis's own.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

-- What counts is the moment; Redis only clears away, later than that by more than clocks differ.
local GRACE = 60000

-- The string, or false where there is none: MGET, for it takes a hash for none too.
local function stringAt(name)
  return redis.call('MGET', name)[1]
end

-- Of a claim's string: when it was won, for how long, with which fingerprint (false for none), and
-- by which request.
local function parsed(text)
  local at, ttl, print, by = string.match(text, '^(%d+):(%d+):(%x*):(.*)$')
  if not at then
    error('a string that no server has written')
  end
  return at, ttl, print ~= '' and print, by
end

-- The field and its value, where it has one.
local function ifAny(field, value)
  if value and value ~= '' then
    return field, value
  end
end

-- Whether both are there, and two.
local function differ(fingerprint, other)
  return fingerprint and other and other ~= '' and fingerprint ~= other
end

-- Makes a hash of a claim's string, or gives the error where Redis takes none, and the claim stays as
-- it is. Removing comes first, and after it Redis lets a script finish, however full it is.
local function toHash(name)
  local text = stringAt(name)
  if not text then
    return nil
  end
  local at, ttl, print, by = parsed(text)
  local left = redis.call('PTTL', name)
  redis.call('DEL', name)
  local written = redis.pcall('HSET', name, 'at', at, 'ttl', ttl, 'by', by, ifAny('fp', print))
  if type(written) == 'table' and written.err then
    redis.call('SET', name, text, 'PX', math.max(left, 1))
    return written
  end
  return nil
end

-- Writes a hash's fields that count until then, and gives the error where Redis takes none.
-- What was there already stays as long as it had to. Prolonging comes first: it takes no memory, and
-- after it Redis lets a script finish, so that what is known can be settled in a full one too.
local function put(name, deadline, ...)
  local left = redis.call('PTTL', name)
  local life = math.max(left, deadline - now + GRACE)
  local isNew = left == -2
  if not isNew then
    local refused = toHash(name)
    if refused then
      return refused
    end
    redis.call('PEXPIRE', name, life)
  end
  local written = redis.pcall('HSET', name, ...)
  if type(written) == 'table' and written.err then
    return written
  end
  if isNew then
    redis.call('PEXPIRE', name, life)
  end
  return nil
end
