-- reclaim: running -> queued | ended (lost). Give back the jobs of a worker that died; one that was cancelled ends so.
-- uses  _concluding _ending _limits _output _rules _settling
-- KEYS  1 door   2 worker:<dead>   3 running:<dead>
-- ARGV  1 dead worker   2 its heartbeat counter as the caller saw it for a whole lease   3 how many to answer
--       4 n, then n ids that are left out: they were refused before   5 n verdicts, then n times: id, fence, queue | lost, record
--       of the attempt
-- reply status (OK | ALIVE | GONE), how many verdicts took effect, ids that were refused, then for each job still to be judged:
--       id, fence, attempt, task, losses, when the attempt was claimed in ms, how many losses end a job of its task by what
--       workers declare, this one among them, as {losses} by 'lost:<task>', or ''
-- The first call marks the worker condemned, which no heartbeat undoes. When nothing is left, its keys go.
-- A worker without a record, as `heartbeat` tells it, has the counter -1.
-- Where somebody has put something else in the place of what some of them need, those are refused, and the others are given
-- back all the same: who calls has them left out of what he calls next. A call that can give none back and tells of no other is
-- refused: it is made again, until that is put right.
local dead, seen, limit = word(), word(), number()
local record = call('HMGET', KEYS[2], 'beat', 'condemned')
if not record[2] and (record[1] or '-1') ~= seen and (record[1] or call('EXISTS', KEYS[3]) == 1) then
  return {'ALIVE', 0, {}}
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
  return {'GONE', 0, {}}
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

local judged, refused, left_out, trouble = {}, {}, {}, nil
local function refuse(id, why)
  refused[#refused + 1], left_out[id], trouble = id, true, trouble or why
end

for _ = 1, number() do left_out[word()] = true end
for _ = 1, number() do
  local id, fence, verdict, record_of_attempt = word(), word(), word(), word()
  local job = owned_job(KEYS[3], id, fence)
  if job then
    local done, why = pcall(judge, id, job, verdict, record_of_attempt)
    if done then judged[#judged + 1] = id else refuse(id, why) end
  end
end
in_batches('HDEL', KEYS[3], judged)
announce('reclaim', judged)
write_endings(now)
thaw_freed(now)

local reply, looked, more = {'OK', #judged, refused}, 0, false
local function tell(id, fence, job)
  local rule = rule_of('lost:' .. job.t)
  local row = {id, fence, job.n, job.t, job.l or '0', job.st or int(now), rule and rule.losses or ''}
  for column = 1, 7 do reply[#reply + 1] = row[column] end
  looked = looked + 1
end

local left = call('HGETALL', KEYS[3])
for i = 1, #left, 2 do
  local id, fence = left[i], left[i + 1]
  if not left_out[id] then
    if looked == limit then more = true break end
    local job = owned_job(KEYS[3], id, fence)
    if job then
      tell(id, fence, job)
    else
      -- Takes out an entry whose job is gone, and sets a broken record aside.
      local done, why = pcall(answer_stranger, KEYS[3], id, fence)
      if not done then
        refuse(id, why)
        looked = looked + 1
      end
    end
  end
end
if trouble and #judged == 0 and #reply == 3 and not more then error(trouble, 0) end
if call('EXISTS', KEYS[3]) == 0 then forget_worker() end
return reply
