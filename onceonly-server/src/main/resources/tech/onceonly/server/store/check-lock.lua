-- ARGV: moment, TTL in seconds, request id. Gives the verdict, the TTL, and when the key was won.
local claim = claimFound()
if isLive(claim) then
  return {claim[WON_BY] == ARGV[3] and 'LOCKED' or 'DUPLICATE', claim[WON_FOR], claim[WON_AT]}
end
if claim[RELEASED] and #released(claim) ~= #released(claim, ARGV[3]) then
  return {'DUPLICATE', claim[WON_FOR], claim[WON_AT]}
end
local refused = put(now + ARGV[2] * 1000, 'at', now, 'ttl', ARGV[2], 'by', ARGV[3])
return refused or {'LOCKED', ARGV[2], now}
