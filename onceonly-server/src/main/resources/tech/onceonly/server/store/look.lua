-- Gives when the claim was won and its TTL, both nil where there is none, and the lease.
local function look()
  local claim = claimFound(KEYS[1])
  local live = isLive(claim)
  return {live and claim[WON_AT], live and claim[WON_FOR], answer('FOUND', leaseFound())}
end
