-- ARGV: moment. Frees the key whoever holds it, and gives what held it until now.
local seen = look()
local lease = leaseFound()
if stringAt(KEYS[1]) then
  redis.call('DEL', KEYS[1])
else
  redis.call('HDEL', KEYS[1], 'at', 'ttl', 'by', 'released', 'fp')
end
-- Kept as released, and not removed: the next owner's version must be a later one. So is one that
-- ran out, which its late holder could complete otherwise.
if lease and lease[STATE] ~= 'released' then
  redis.call('HDEL', KEYS[1], 'l.hash', 'l.code', 'l.result', 'l.dropped')
  local refused = put(KEYS[1], now + DAY, 'l.state', 'released', 'l.end', now)
  if refused then
    return refused
  end
end
return seen
