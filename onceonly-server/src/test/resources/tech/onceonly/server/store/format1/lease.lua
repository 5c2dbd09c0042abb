-- ARGV: moment, TTL in seconds, lease id, fingerprint (empty where there is none). Gives the lease,
-- the caller's, or another's, which may be of another fingerprint.
local lease = leaseFound()
if lease and not isFree(lease) then
  return answer(differ(lease[PRINT], ARGV[4]) and 'TAKEN_UNLIKE' or 'TAKEN', lease)
end
local version = lease and lease[VERSION] + 1 or 1
local at = lease and lease[AT] or now
local ends = now + ARGV[2] * 1000
local refused = put(ends + DAY, 'l.state', 'held', 'l.by', ARGV[3], 'l.version', version,
  'l.ttl', ARGV[2], 'l.at', at, 'l.end', ends, ifAny('l.fp', ARGV[4]))
if refused then
  return refused
end
if not lease then
  -- Of one that is forgotten.
  redis.call('HDEL', KEYS[1], 'l.hash', 'l.code', 'l.result', 'l.dropped')
end
if ARGV[4] == '' and (lease == nil or lease[PRINT]) then
  redis.call('HDEL', KEYS[1], 'l.fp')
end
return answer('ACQUIRED', {'held', version, ARGV[2], at, ends})
