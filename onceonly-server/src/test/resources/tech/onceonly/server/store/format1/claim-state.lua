-- Begins every script about claims: who won the key, if anybody, and which requests were released
-- of late. Those win nothing until then: whoever sent them has given up.
local WON_AT, WON_FOR, WON_BY, RELEASED, PRINT = 1, 2, 3, 4, 5
local REMEMBERED = 300000
local MAX_RELEASED = 8

local function claimFound()
  return redis.call('HMGET', KEYS[1], 'at', 'ttl', 'by', 'released', 'fp')
end

local function isLive(claim)
  return claim[WON_BY] and now < claim[WON_AT] + claim[WON_FOR] * 1000
end

-- Those that are not over, the oldest first, without that request. Each is a pair: its id, until when.
local function released(claim, without)
  local kept = {}
  for _, each in ipairs(claim[RELEASED] and cmsgpack.unpack(claim[RELEASED]) or {}) do
    if now < each[2] and each[1] ~= without then
      kept[#kept + 1] = each
    end
  end
  return kept
end
