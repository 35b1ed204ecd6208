-- reclaim: running -> queued | ended (lost). Give back the jobs of a worker that died; one that was cancelled ends so.
-- uses  _concluding _ending _limits _output _rules _settling
-- KEYS  1 door   2 worker:<dead>   3 running:<dead>
-- ARGV  1 dead worker   2 its heartbeat counter as the caller saw it for a whole lease   3 how many to answer
--       4 n verdicts, then n times: id, fence, queue | lost, record of the attempt
-- reply status (OK | ALIVE | GONE), how many verdicts took effect, then for each job still to be judged:
--       id, fence, attempt, task, losses, when the attempt was claimed in ms, how many losses end a job of its task by what
--       workers declare, this one among them, as {losses} by 'lost:<task>', or ''
-- The first call marks the worker condemned, which no heartbeat undoes. When nothing is left, its keys go.
-- A worker without a record, as `heartbeat` tells it, has the counter -1.
-- Where somebody has put something else in the place of what one of them needs, the others are given back all the same. A
-- call that can give none back is refused: it is made again, until that is put right.
local dead, seen, limit = word(), word(), number()
local record = call('HMGET', KEYS[2], 'beat', 'condemned')
if not record[2] and (record[1] or '-1') ~= seen and (record[1] or call('EXISTS', KEYS[3]) == 1) then
  return {'ALIVE', 0}
end

local now = server_ms()
open_door()

local function forget_worker()
  local said = call('HMGET', KEYS[2], 'beat', 'rules')
  call('DEL', KEYS[2], KEYS[3], key('orders', dead), key('inbox', dead))
  -- Of a hundred dead workers all that live tell at once: what it declared goes with the first one's word.
  if call('ZREM', PREFIX .. 'workers', dead) == 1 then change_rules(dead, said[2] or said[1] and '{}' or nil) end
end

if not record[1] and not record[2] and call('EXISTS', KEYS[3]) == 0 then
  forget_worker()
  return {'GONE', 0}
end
if not record[2] then call('HSET', KEYS[2], 'condemned', int(now)) end

local function give_back(id, job, more)
  local score = next_score(tonumber(job.p))
  make_ready(id, job.q, score)  -- before the record says so: what cannot enter its queue stays a job of the dead worker
  call('HSET', job_key(id), 's', 'queued', 'sc', int(score), unpack(more))
  call('HDEL', job_key(id), 'o', 'st', 'pg', 'h')
  prolong_secrets(id, job, 0)
  wake(job.q, 1)
end

local function judge(id, job, verdict, record_of_attempt)
  local more = close_attempt(id, job, record_of_attempt, 'l')
  -- A new fence: whatever the dead worker still says about this job is late.
  more[#more + 1], more[#more + 2] = 'f', int(tonumber(job.f) + 1)
  if job.cx then
    finish(id, job, 'cancelled', 'by_user', now, more)
  elseif verdict == 'lost' then
    finish(id, job, 'lost', 'worker_lost', now, more)
  else
    give_back(id, job, more)
  end
  give_limits_back(id, job)
  local output = id .. ':' .. job.n
  if call('EXISTS', key('log', output)) == 1 then count_output(output, now) end
end

local judged, trouble = {}, nil
local verdicts = number()
for _ = 1, verdicts do
  local id, fence, verdict, record_of_attempt = word(), word(), word(), word()
  local job = owned_job(KEYS[3], id, fence)
  if job then
    local done, why = pcall(judge, id, job, verdict, record_of_attempt)
    if done then judged[#judged + 1] = id else trouble = trouble or why end
  end
end
in_batches('HDEL', KEYS[3], judged)
announce('reclaim', judged)
write_endings(now)
thaw_freed(now)

local reply = {'OK', #judged}
local left = call('HGETALL', KEYS[3])
local size = #left / 2
-- Where not all are answered, it is others from call to call: behind those that cannot be given back none is hidden.
local first = size > limit and now % size or 0
for place = first, first + math.min(size, limit) - 1 do
  local at = place % size * 2
  local id, fence = left[at + 1], left[at + 2]
  local job = owned_job(KEYS[3], id, fence)
  if job then
    local rule = rule_of('lost:' .. job.t)
    local row = {id, fence, job.n, job.t, job.l or '0', job.st or int(now), rule and rule.losses or ''}
    for column = 1, 7 do reply[#reply + 1] = row[column] end
  else
    -- Takes out an entry whose job is gone, and sets a broken record aside.
    local done, why = pcall(answer_stranger, KEYS[3], id, fence)
    if not done then trouble = trouble or why end
  end
end
if trouble and #judged == 0 and (verdicts > 0 or #reply == 2) then error(trouble, 0) end
if call('EXISTS', KEYS[3]) == 0 then forget_worker() end
return reply
