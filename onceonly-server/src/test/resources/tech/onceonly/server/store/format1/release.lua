-- ARGV: moment, request id. Gives 1 where the claim was that request's, and has been given back.
local claim = claimFound()
local wasLive = isLive(claim)
if wasLive and claim[WON_BY] ~= ARGV[2] then
  return 0
end
local all = released(claim, ARGV[2])
if #all == MAX_RELEASED then
  table.remove(all, 1)
end
all[#all + 1] = {ARGV[2], now + REMEMBERED}
local refused = put(now + REMEMBERED, 'at', now, 'ttl', '0', 'released', cmsgpack.pack(all))
if refused then
  return refused
end
redis.call('HDEL', KEYS[1], 'by', 'fp')
return wasLive and 1 or 0
