-- heartbeat: changes no job. Renew a worker's lease and tell it what it owns and what it is asked to do.
-- KEYS  1 door   2 worker:<worker>   3 running:<worker>   4 orders:<worker>   5 workers
-- ARGV  1 worker   2 how many other workers to tell of
-- reply status (OK | UNKNOWN | CONDEMNED), server time in ms, command or '', then three lists:
--       running ids with their fences, ordered ids with their orders, other workers with their heartbeat counters;
--       then 1 if what it can run is not there any more, as when the server's clock has jumped: it has to register anew;
--       then how many workers there are beside it
-- If the clock was set back since the last one, those that a limit holds until some time are looked at: it may be far away now.
-- Who waits for another try does so for no longer than he would have: of the jobs that are due first, those that were given
-- theirs before the step. When a job was asked to run is a time, and stays it. The first to notice does it for all.
local SET_BACK = 1000    -- ms
local MOST_MOVED = 2000  -- scheduled jobs looked at
local worker, peers = word(), number()
local now = server_ms()
local record = call('HMGET', KEYS[2], 'beat', 'condemned', 'command', 'catalog', 'seen')
if record[2] then return {'CONDEMNED', int(now), '', {}, {}, {}, 0, 0} end
if not record[1] then return {'UNKNOWN', int(now), '', {}, {}, {}, 0, 0} end

-- By how much the clock was set back, by what the last of all heartbeats has seen. Nobody has seen more than now after it.
local function take_step()
  local last = now
  for _, other in ipairs(redis.pcall('ZRANGE', KEYS[5], 0, 999)) do
    local seen = tonumber(redis.pcall('HGET', key('worker', other), 'seen')) or 0
    if seen > now then
      last = math.max(last, seen)
      call('HSET', key('worker', other), 'seen', int(now))
    end
  end
  return last - now
end

-- Whether a scheduled job was given its time with another try, by a clock as it was before. Where that was set back more than
-- once, its time has been moved before the end of its attempt, but is after the `last` that anybody has seen.
local function tries_again(name, last)
  local job = redis.pcall('HMGET', name, 's', 'due', 'et', 'n')
  if job.err or job[1] ~= 'scheduled' or not job[2] or job[2] == job[3] or not job[4] then return false end
  local readable, attempt = pcall(cjson.decode, call('HGET', name, 'a' .. job[4]) or '')
  local ended = readable and type(attempt) == 'table' and tonumber(attempt.e)
  return ended and ended > now and tonumber(job[2]) and tonumber(job[2]) >= math.min(ended, last)
end

local function move_tries(step)
  local scheduled = PREFIX .. 'scheduled'
  local found = redis.pcall('ZRANGEBYSCORE', scheduled, '(' .. int(now), '+inf', 'WITHSCORES', 'LIMIT', 0, MOST_MOVED)
  for i = 1, #found, 2 do
    local name = job_key(found[i])
    if tries_again(name, now + step) then
      local due = int(math.max(now, found[i + 1] - step))
      call('ZADD', scheduled, due, found[i])
      call('HSET', name, 'due', due)
    end
  end
end

open_door()
if (tonumber(record[5]) or 0) > now + SET_BACK then
  for _, limit in ipairs(redis.pcall('ZRANGE', PREFIX .. 'thaw', 0, 999)) do call('ZADD', PREFIX .. 'thaw', '0', limit) end
  move_tries(take_step())
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
