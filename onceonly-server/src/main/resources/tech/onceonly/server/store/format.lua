-- KEYS[1] is the store's mark. ARGV: moment, format. Gives the format that has been written there:
-- this one, where there was none.
local written = redis.call('GET', KEYS[1])
if not written then
  redis.call('SET', KEYS[1], ARGV[2])
end
return written or ARGV[2]
