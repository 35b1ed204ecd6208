-- heartbeat: changes no job. Renew a worker's lease and tell it what it owns and what it is asked to do.
-- KEYS  1 door   2 worker:<worker>   3 running:<worker>   4 orders:<worker>   5 workers
-- ARGV  1 worker   2 how many other workers to tell of
-- reply status (OK | UNKNOWN | CONDEMNED), server time in ms, command or '', then three lists:
--       running ids with their fences, ordered ids with their orders, other workers with their heartbeat counters;
--       then 1 if what it can run is not there any more, as when the server's clock has jumped: it has to register anew;
--       then how many workers there are beside it
-- If the clock was set back since the last one, those that a limit holds until some time are looked at: it may be far away now.
local SET_BACK = 1000  -- ms
local worker, peers = word(), number()
local now = server_ms()
local record = call('HMGET', KEYS[2], 'beat', 'condemned', 'command', 'catalog', 'seen')
if record[2] then return {'CONDEMNED', int(now), '', {}, {}, {}, 0, 0} end
if not record[1] then return {'UNKNOWN', int(now), '', {}, {}, {}, 0, 0} end

open_door()
if (tonumber(record[5]) or 0) > now + SET_BACK then
  for _, limit in ipairs(call('ZRANGE', PREFIX .. 'thaw', 0, 999)) do call('ZADD', PREFIX .. 'thaw', '0', limit) end
end
call('HSET', KEYS[2], 'beat', int(tonumber(record[1]) + 1), 'seen', int(now))
call('ZADD', KEYS[5], int(now), worker)
local forgotten = 0
if record[4] and call('PEXPIRE', key('catalog', record[4]), CATALOG_TTL) == 0 then forgotten = 1 end
local others = {}
for _, other in ipairs(call('ZRANGE', KEYS[5], 0, peers)) do
  if other ~= worker and #others < peers * 2 then
    others[#others + 1] = other
    others[#others + 1] = call('HGET', key('worker', other), 'beat') or '-1'
  end
end
return {
  'OK', int(now), record[3] or '', call('HGETALL', KEYS[3]), call('HGETALL', KEYS[4]), others, forgotten,
  call('ZCARD', KEYS[5]) - 1,
}
