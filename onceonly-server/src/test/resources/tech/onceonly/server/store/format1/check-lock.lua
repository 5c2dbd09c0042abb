-- ARGV: moment, TTL in seconds, request id, fingerprint (empty where there is none). Gives the verdict,
-- the TTL, when the key was won, and whether that was with another fingerprint.
local claim = claimFound()
if isLive(claim) then
  if claim[WON_BY] == ARGV[3] then
    return {'LOCKED', claim[WON_FOR], claim[WON_AT]}
  end
  return {'DUPLICATE', claim[WON_FOR], claim[WON_AT], differ(claim[PRINT], ARGV[4])}
end
if claim[RELEASED] and #released(claim) ~= #released(claim, ARGV[3]) then
  return {'DUPLICATE', claim[WON_FOR], claim[WON_AT]}
end
local refused = put(now + ARGV[2] * 1000, 'at', now, 'ttl', ARGV[2], 'by', ARGV[3],
  ifAny('fp', ARGV[4]))
if refused then
  return refused
end
if claim[PRINT] and ARGV[4] == '' then
  redis.call('HDEL', KEYS[1], 'fp')
end
return {'LOCKED', ARGV[2], now}
