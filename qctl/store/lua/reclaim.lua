-- reclaim: running -> queued | ended (lost). Give back the jobs of a worker that died.
-- KEYS  1 door   2 worker:<dead>   3 running:<dead>
-- ARGV  1 dead worker   2 its heartbeat counter as the caller saw it for a whole lease   3 how many to answer
--       4 n verdicts, then n times: id, fence, queue | lost, record of the attempt
-- reply status (OK | ALIVE | GONE), how many verdicts took effect, then for each job still to be judged:
--       id, fence, attempt, task, queue, failures, crashes, losses, enqueued ms, body
-- The first call marks the worker condemned, which no heartbeat undoes. When nothing is left, its keys go.
local dead, seen, limit = word(), word(), number()
local record = call('HMGET', KEYS[2], 'beat', 'condemned')
if not record[1] then return {'GONE', 0} end
if not record[2] and record[1] ~= seen then return {'ALIVE', 0} end

local now = server_ms()
open_door()
if not record[2] then call('HSET', KEYS[2], 'condemned', int(now)) end

local function give_back(id, job, record_of_attempt)
  local score = next_score(tonumber(job.p))
  local more = attempt_fields(job, record_of_attempt, 'l')
  -- A new fence: whatever the dead worker still says about this job is late.
  call('HSET', job_key(id), 's', 'queued', 'sc', int(score), 'f', int(tonumber(job.f) + 1), unpack(more))
  call('HDEL', job_key(id), 'o', 'pg')
  trim_attempts(id, tonumber(job.n))
  make_ready(id, job.q, score)
  wake(job.q, 1)
end

local judged = {}
for _ = 1, number() do
  local id, fence, verdict, record_of_attempt = word(), word(), word(), word()
  if call('HGET', KEYS[3], id) == fence then
    local flat = call('HGETALL', job_key(id))
    local job = as_table(flat)
    if job.cx then
      finish(id, flat, 'cancelled', 'by_user', now, attempt_fields(job, record_of_attempt, 'l'))
    elseif verdict == 'lost' then
      local more = attempt_fields(job, record_of_attempt, 'l')
      more[#more + 1], more[#more + 2] = 'f', int(tonumber(job.f) + 1)
      finish(id, flat, 'lost', 'worker_lost', now, more)
    else
      give_back(id, job, record_of_attempt)
    end
    judged[#judged + 1] = id
  end
end
if #judged > 0 then
  call('HDEL', KEYS[3], unpack(judged))
  write_endings(now)
  announce('reclaim', judged)
end

local reply = {'OK', #judged}
local left = call('HGETALL', KEYS[3])
for i = 1, math.min(#left, limit * 2), 2 do
  local id = left[i]
  local job = call('HMGET', job_key(id), 'n', 't', 'q', 'x', 'c', 'l', 'at', 'b', 'f', 's')
  if job[8] and job[9] == left[i + 1] and job[10] == 'running' then
    local row = {id, left[i + 1], job[1], job[2], job[3], job[4] or '0', job[5] or '0', job[6] or '0', job[7], job[8]}
    for column = 1, 10 do reply[#reply + 1] = row[column] end
  else
    call('HDEL', KEYS[3], id)
  end
end
if #left == 0 then
  call('DEL', KEYS[2], KEYS[3], key('orders', dead), key('inbox', dead))
  call('ZREM', PREFIX .. 'workers', dead)
end
return reply
