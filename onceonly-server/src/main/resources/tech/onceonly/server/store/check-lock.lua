-- KEYS: one or more, each once. ARGV: moment, TTL in seconds, and for each key what its claim's string
-- holds behind the moment. Gives the moment, and for each key that was not won at it: its place, the
-- verdict, and with LOCKED and DUPLICATE the TTL, when the key was won, and whether that was with
-- another fingerprint; with REFUSED why.
local at = string.format('%.0f', now)
local life = ARGV[2] * 1000 + GRACE
local answers = {now}

-- Of a key at which something is: nil where it is won now.
local function decided(place)
  local name = KEYS[place]
  local text = at .. ARGV[place + 2]
  local _, ttl, print, by = parsed(text)
  local claim, isString = claimFound(name)
  if isLive(claim) then
    if claim[WON_BY] == by then
      return {place, 'LOCKED', claim[WON_FOR], claim[WON_AT]}
    end
    return {place, 'DUPLICATE', claim[WON_FOR], claim[WON_AT], differ(claim[PRINT], print)}
  end
  if claim[RELEASED] and #released(claim) ~= #released(claim, by) then
    return {place, 'DUPLICATE', claim[WON_FOR], claim[WON_AT]}
  end
  if isString then
    -- First, for the same reason as in put.
    redis.call('PEXPIRE', name, life)
    redis.call('SET', name, text, 'PX', life)
    return nil
  end
  local refused = put(name, now + ttl * 1000, 'at', at, 'ttl', ttl, 'by', by, ifAny('fp', print))
  if refused then
    error(refused.err)
  end
  if claim[PRINT] and not print then
    redis.call('HDEL', name, 'fp')
  end
  return nil
end

-- All that are new come first: once something has been written, Redis takes more than it has room for.
local others = {}
for place = 1, #KEYS do
  local set = redis.pcall('SET', KEYS[place], at .. ARGV[place + 2], 'NX', 'PX', life)
  if not set then
    others[#others + 1] = place
  elseif set.err then
    if redis.call('PTTL', KEYS[place]) ~= -2 then
      others[#others + 1] = place
    elseif string.find(set.err, 'OOM', 1, true) then
      answers[#answers + 1] = {place, 'FULL'}
    else
      answers[#answers + 1] = {place, 'REFUSED', set.err}
    end
  end
end

-- Each by itself, so that what is wrong with one key is no other's matter.
for _, place in ipairs(others) do
  local isDone, answer = pcall(decided, place)
  if not isDone then
    answer = {place, 'REFUSED', type(answer) == 'table' and answer.err or tostring(answer)}
  end
  answers[#answers + 1] = answer
end
return answers
