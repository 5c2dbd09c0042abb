-- ARGV: moment, lease id, the state it shall have, TTL in seconds, and hash, error code and result:
-- each empty where there is none, else behind a mark. Gives the lease, settled or lost.
local lease = leaseFound()
if not lease or lease[BY] ~= ARGV[2] then
  return answer('LOST', lease)
end
local becomes = ARGV[3]
if lease[STATE] ~= 'held' then
  return answer(lease[STATE] == becomes and 'SETTLED' or 'LOST', lease)
end

local function given(text)
  return text ~= '' and string.sub(text, 2)
end
local more = {['l.hash'] = given(ARGV[5]), ['l.code'] = given(ARGV[6])}
local result = given(ARGV[7])
if result then
  local kept = redis.pcall('HSET', KEYS[1], 'l.result', result)
  if type(kept) == 'table' and kept.err then
    if not string.find(kept.err, 'OOM', 1, true) then
      return kept
    end
    -- The completion counts more than its result: without room it goes without.
    result = false
    more['l.dropped'] = '1'
  end
end

lease[STATE] = becomes
lease[END] = now
if becomes == 'held' then
  lease[TTL] = ARGV[4]
  lease[END] = now + ARGV[4] * 1000
end
local refused = put(lease[END] + remembered(becomes),
  'l.state', becomes, 'l.ttl', lease[TTL], 'l.end', lease[END])
if refused then
  return refused
end
for field, value in pairs(more) do
  if value then
    redis.call('HSET', KEYS[1], field, value)
  end
end
lease[HASH], lease[CODE], lease[RESULT] = more['l.hash'], more['l.code'], result
lease[DROPPED] = more['l.dropped'] or false
return answer('SETTLED', lease)
