-- ARGV: moment, TTL in seconds, lease id. Gives the lease, the caller's or another's.
local lease = leaseFound()
if lease and not isFree(lease) then
  return answer('TAKEN', lease)
end
local version = lease and lease[VERSION] + 1 or 1
local at = lease and lease[AT] or now
local ends = now + ARGV[2] * 1000
local refused = put(ends + DAY, 'l.state', 'held', 'l.by', ARGV[3], 'l.version', version,
  'l.ttl', ARGV[2], 'l.at', at, 'l.end', ends)
if refused then
  return refused
end
if not lease then
  -- Of one that is forgotten.
  redis.call('HDEL', KEYS[1], 'l.hash', 'l.code', 'l.result', 'l.dropped')
end
return answer('ACQUIRED', {'held', version, ARGV[2], at, ends})
