-- mend: changes no job. Of the newest jobs, put those that stand nowhere back to where their state says that they stand.
-- KEYS  1 door   2 recent   3 mended   4 repaired   5 scheduled   6 workers
-- ARGV  1 place in `recent` to go on from; 0 begins a round   2 how many jobs to look at, what is under way of workflows
--       among them   3 for how many ms after this call no other round begins
-- reply the place to go on from, or '' at the end of a round;  then the ids that were put back
-- Each script keeps that order. A person, a bug, or a server that drops keys may not: then nobody would find the job.
local place, most, pause = number(), number(), number()
local MOST_NODES = 100  -- of one workflow, with those that it holds: those that were released first
local now = server_ms()
local looks, repaired = 0, {}

local function back_to_queue(id, job)
  local score = tonumber(job.sc) or next_score(tonumber(job.p))
  call('HSET', job_key(id), 'sc', int(score))
  call('HDEL', job_key(id), 'pk')
  call('SREM', key('parkedin', job.q), id)
  make_ready(id, job.q, score)
  wake(job.q, 1)
end

-- Its worker, if it lives, has it; if not, others find here that it had.
local function back_to_worker(id, job)
  call('HSET', key('running', job.o), id, job.f)
  call('ZADD', KEYS[6], 'NX', int(now), job.o)
end

local function back_to_schedule(id, job) call('ZADD', KEYS[5], int(tonumber(job.due) or now), id) end

-- What is to be done about a job of this state, or nil if it stands where it should.
local function remedy(id, job)
  if job.s == 'queued' then
    local stands = call('ZSCORE', key('ready', job.q), id) or job.pk and call('ZSCORE', key('parked', job.pk), id)
    return not stands and back_to_queue
  elseif job.s == 'scheduled' then
    return not call('ZSCORE', KEYS[5], id) and back_to_schedule
  elseif job.s == 'running' and not job.w then
    return call('HGET', key('running', job.o), id) ~= job.f and back_to_worker
  end
end

local look_at
function look_at(id, last)
  if looks >= last then return end
  looks = looks + 1
  local said = redis.pcall('HMGET', job_key(id), 's', 'w')
  if said.err or not said[1] then return end  -- it has ended, or is gone
  if said[2] and said[1] == 'running' then
    for _, name in ipairs(call('ZRANGE', key('live', id), 0, MOST_NODES - 1)) do look_at(id .. '.' .. name, last) end
    return
  end
  local fields = {'s', 'q', 'p', 'sc', 'pk', 'o', 'f', 'due', 'w'}
  local job = {}
  for at, value in ipairs(call('HMGET', job_key(id), unpack(fields))) do job[fields[at]] = value or nil end
  local mend = job.q and tonumber(job.p) and (job.s ~= 'running' or job.w or job.o and job.f) and remedy(id, job)
  if mend then
    mend(id, job)
    repaired[#repaired + 1] = id
  end
end

open_door()
if place == 0 and call('EXISTS', KEYS[3]) == 1 then return {''} end
call('SET', KEYS[3], int(now), 'PX', pause)  -- at each step: a long round is one worker's to its end
local ids = call('LRANGE', KEYS[2], place, place + most - 1)
local seen = 0
while seen < #ids and looks < most do
  seen = seen + 1
  look_at(ids[seen], looks + 1 + MOST_NODES)
end
for _, id in ipairs(repaired) do call('ZADD', KEYS[4], int(now), id) end
if #repaired > 0 then
  call('ZREMRANGEBYSCORE', KEYS[4], '-inf', int(now - BROKEN_TTL))
  call('PEXPIRE', KEYS[4], BROKEN_TTL)
  announce('repaired', repaired)
end
return {(seen < #ids or #ids == most) and int(place + seen) or '', unpack(repaired)}
