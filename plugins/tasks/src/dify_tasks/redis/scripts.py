"""What Redis does in one step.

The parcels of a queue are the entries of a stream; a hash beside it says which entry holds which task, so that none is
held twice. An entry is deleted when it is done, so a stream is as long as its queue.
"""

from typing import Final

SEND: Final = """
for _, task in ipairs(ARGV) do
  local entry = redis.call('HGET', KEYS[2], task)
  if not entry or #redis.call('XRANGE', KEYS[1], entry, entry) == 0 then
    redis.call('HSET', KEYS[2], task, redis.call('XADD', KEYS[1], '*', 'task', task))
  end
end
"""
"""Keys: stream, hash. Arguments: ids of tasks."""

RECEIVE: Final = """
local found, left = {}, tonumber(ARGV[3])
for _, stream in ipairs(KEYS) do
  if left > 0 then
    local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', left, 'STREAMS', stream, '>')
    if read then
      for _, entry in ipairs(read[1][2]) do
        found[#found + 1] = {stream, entry[1], entry[2][2]}
        left = left - 1
      end
    end
  end
end
return found
"""
"""Keys: streams, the most urgent first. Arguments: group, consumer, how many. Gives stream, entry and task of each."""

DONE: Final = """
for place = 2, #ARGV, 2 do
  redis.call('XACK', KEYS[1], ARGV[1], ARGV[place])
  redis.call('XDEL', KEYS[1], ARGV[place])
  if redis.call('HGET', KEYS[2], ARGV[place + 1]) == ARGV[place] then
    redis.call('HDEL', KEYS[2], ARGV[place + 1])
  end
end
"""
"""Keys: stream, hash. Arguments: group, then entry and task of each."""

LEAVE: Final = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
"""
"""Keys: stream. Arguments: group, consumer. One that still has entries stays: they would be nobody's without it."""
