"""The Lua scripts: what must happen at once. All keys of a script have one hash tag.

Times come from the server's clock, which all clients share. Those that a `Link` may send twice know a call by the
token its caller made up, or do no harm the second time.
"""

from .link import Script

ADD = Script("""
local fresh = redis.call('EXISTS', KEYS[1]) == 0
redis.call('INCRBY', KEYS[1], ARGV[1])
if fresh then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
""")
"""KEYS counter; ARGV addend, milliseconds. Returns the sum as text: as a number Lua would round it."""

APPEND = Script("""
local id
if ARGV[2] == '' then
  id = redis.call('XADD', KEYS[1], '*', 'v', ARGV[1])
else
  id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'v', ARGV[1])
end
if ARGV[3] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return id
""")
"""KEYS stream; ARGV value, length or '', milliseconds or ''. Returns the id."""

ACQUIRE = Script("""
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
local token = holder and redis.call('GET', KEYS[2])
if not token then
  local time = redis.call('TIME')
  local last = tonumber(redis.call('GET', KEYS[2]) or 0)
  token = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', KEYS[2], token, 'PX', ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {token, 0}
""")
"""KEYS lock, fence; ARGV holder, milliseconds, milliseconds the fence is kept. Returns the fencing token, or 0 and the
milliseconds for which somebody else holds the lock. The token is the time, or one more than the last: unlike a count it
also grows when the server has lost its data, and the last one need not be kept for ever."""

RENEW = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")
"""KEYS lock; ARGV holder, milliseconds. Returns 1 if the holder still holds it."""

RELEASE = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")
"""KEYS lock; ARGV holder. Returns 1 if the holder still held it."""

FIXED = Script("""
local count = tonumber(redis.call('GET', KEYS[1]) or 0)
local limit = tonumber(ARGV[1])
if count >= limit then return {0, 0, redis.call('PTTL', KEYS[1])} end
count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {1, limit - count, 0}
""")
"""KEYS window; ARGV limit, milliseconds. Returns allowed, remaining, milliseconds to wait (below 0: a whole window)."""

SLIDING = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
local count = redis.call('ZCARD', KEYS[1])
if redis.call('ZSCORE', KEYS[1], ARGV[3]) then return {1, limit - count, 0} end
if count >= limit then
  local first = limit > 0 and redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')[2]
  return {0, 0, first and first + window - now or window}
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[3])
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return {1, limit - count - 1, 0}
""")
"""KEYS calls; ARGV limit, microseconds, the call's own token. Returns allowed, remaining, microseconds to wait."""

TAKE_SLOT = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local taken = redis.call('ZCARD', KEYS[1])
if taken >= tonumber(ARGV[1]) and not redis.call('ZSCORE', KEYS[1], ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3])
local left = redis.call('PTTL', KEYS[1])
if left < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
""")
"""KEYS slots; ARGV limit, milliseconds, holder. Returns 1 if the holder has a slot now."""

KEEP_SLOT = Script("""
if not redis.call('ZSCORE', KEYS[1], ARGV[2]) then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return 1
""")
"""KEYS slots; ARGV milliseconds, holder. Returns 1 if the holder still had its slot."""
