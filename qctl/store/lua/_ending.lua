-- How a job begins to wait, enters its queue, and ends; what its end brings about is in `_concluding`.
--
-- A waiting job stands in `waiting`; `remaining:<id>` is the set of the jobs that it still waits for, and it stands itself
-- in `dependents:<id>` of each of them.

local KEEP_SKIPPED = 100
local SKIPPED_TTL = 2592000000  -- ms

-- What ended in this call: written together at its end, by one command for each index. `followed` are those of them that
-- others wait for, each with the reason for which these cannot start, or none; `steps` are what their ends let happen
-- in workflows.
local endings = {ids = {}, jobs = {}, by_task = {}, unsuccessful = {}, counts = {}, unrun = {}, followed = {}, steps = {}}

-- Do something that others must not suffer from if somebody has put something else in the place of what it needs. Answers
-- whether it was done, and what it answers. `follow` tells of it, when it has tried once more.
function endings.attempt(act, ...)
  local done, answer = pcall(act, ...)
  if not done then endings.trouble = endings.trouble or answer end
  return done, answer
end

-- The reason for which a job does not start that waits for one which ended so; nil if it may.
local function obstacle(outcome, reason)
  if outcome == 'succeeded' then return nil end
  if outcome == 'cancelled' or reason == 'upstream_cancelled' then return 'upstream_cancelled' end
  return 'upstream_failed'
end

local FAILURES = {failed = true, timeout = true, lost = true}

-- Counted for graphs in the minute of this call: `outcome:task`, `in:queue`, `out:queue`, `wait:bucket`, `again:minute`. See
-- model/minute.py.
local function tally(what, name)
  local counter = what .. ':' .. name
  endings.counts[counter] = (endings.counts[counter] or 0) + 1
end

-- A job that ended so runs again. Its failure, if it was counted as one of the last day, counts no more: the minute of it
-- is named.
function endings.forgive(job, now)
  local ended_at = tonumber(job.en)
  if not FAILURES[job.oc] or job.sw and job.up or not ended_at or ended_at < now - 86400000 then return end
  tally('again', int(math.floor(ended_at / 60000)))
end

-- A job that a schedule started becomes one of its active ones.
local function enter_active(id, schedule)
  call('ZADD', key('active', schedule), int(next_place()), id)
end

-- It has ended: it is none of them any more, and its schedule, if it is still declared, knows how it ended.
local function leave_active(id, job)
  local schedule, outcome = key('schedule', job.sd), job.oc
  call('ZREM', key('active', job.sd), id)
  if call('EXISTS', schedule) == 0 then return end
  call('HSET', schedule, 'last_outcome', outcome, 'last_ended', job.en)
  local readable, attempt = pcall(cjson.decode, job['a' .. (job.n or '')] or '')
  if job.sw then attempt = {s = job.sw, e = job.en} end
  if (readable or job.sw) and type(attempt) == 'table' and tonumber(attempt.s) and tonumber(attempt.e) then
    call('HSET', schedule, 'last_run', int(math.max(0, attempt.e - attempt.s)))
  else
    call('HDEL', schedule, 'last_run')
  end
  if outcome == 'succeeded' then
    call('HDEL', schedule, 'failures', 'failing_since')
  elseif FAILURES[outcome] and count_field(schedule, 'failures', 1) == 1 then
    call('HSET', schedule, 'failing_since', job.en)
  end
end

-- Secret values have a key of their own from the time on when the job may start; those of a workflow's node stand with
-- the workflow before. They have a time to end only where nobody may ever come: while the job waits for its time and for
-- a worker. `wait`: ms until it is due.
local function prolong_secrets(id, job, wait)
  if job.sk then call('PEXPIRE', key('secret', id), int(SECRET_TTL + math.max(0, wait))) end
end

local function drop_secrets(id, job)
  call('DEL', key('secret', id))
  if job.wf then call('HDEL', key('secrets', job.wf), job.nd) end
end

-- Turn a live job into its packed form, with `more` fields, a flat list, added to it.
local function finish(id, job, outcome, reason, at, more)
  local task, ended_at = job.t, int(at)
  for i = 1, #more, 2 do job[more[i]] = more[i + 1] end
  job.oc, job.en = outcome, ended_at
  if job.w then job.sw = job.st end  -- a workflow has no attempts that would tell when it began
  if reason ~= '' then job.rs = reason end
  if outcome == 'cancelled' and job.cx ~= '{}' then job.cb = job.cx end
  call('SET', job_key(id), pack(job))
  local list = endings.by_task[task] or {}
  endings.by_task[task] = list
  list[#list + 1], list[#list + 2] = ended_at, id
  if outcome ~= 'succeeded' then
    local bad = endings.unsuccessful
    bad[#bad + 1], bad[#bad + 2] = ended_at, id
  end
  -- A workflow that began is no run of a task: its jobs are, and count. It does where it failed by itself.
  if not job.sw or FAILURES[outcome] and not job.up then tally(outcome, task) end
  -- What still waits for others has not come into its queue; one that has replaced itself did before it waited.
  if not job.w and job.s and (job.s ~= 'waiting' or job.rp) then tally('out', job.q) end
  endings.ids[#endings.ids + 1], endings.jobs[#endings.jobs + 1] = id, job
  if job.dp then endings.followed[#endings.followed + 1] = {id = id, why = obstacle(outcome, reason)} end
  -- One without a state was written off before it was released.
  if job.wf and job.s then endings.steps[#endings.steps + 1] = {job.wf, 'final', job.nd, outcome, reason} end
  if job.s == 'queued' then endings.unrun[task] = true end
  if job.sk then drop_secrets(id, job) end
  if job.w and call('HEXISTS', key('nodes', id), 'secrets') == 1 then endings.steps[#endings.steps + 1] = {id, 'hush', '0'} end
  if job.sd then leave_active(id, job) end
  if job.uq and redis.pcall('GET', key('unique', job.uq)) == id then call('DEL', key('unique', job.uq)) end
end

-- A workflow runs from now on, as long as its nodes do.
local function begin_workflow(id, now, fields)
  call('HSET', job_key(id), 's', 'running', 'st', int(now), unpack(fields))
  endings.steps[#endings.steps + 1] = {id, 'begin'}
end

-- Schedule a job, or queue it if it is due by now, with `fields`, a flat list, written to it. Counts the wake-up token
-- that its queue is owed. The record comes last: see `_submit_plain`.
local function enter(id, job, due, now, tokens, fields)
  local queue, owed = job.q, true
  if not job.w then tally('in', queue) end
  prolong_secrets(id, job, (due or now) - now)
  if due and due > now then
    local before = next_due()
    call('ZADD', PREFIX .. 'scheduled', int(due), id)
    enter_queue(queue)
    call('HSET', job_key(id), 's', 'scheduled', 'due', int(due), 'et', int(due), unpack(fields))
    owed = before == '' or due < tonumber(before)
  elseif job.w then
    return begin_workflow(id, now, fields)
  else
    local score = next_score(tonumber(job.p))
    make_ready(id, queue, score)
    call('HSET', job_key(id), 's', 'queued', 'sc', int(score), unpack(fields))
  end
  if owed then tokens[queue] = (tokens[queue] or 0) + 1 end
end

-- A job waits for others, as far as these know.
local function stand_waiting(id, upstreams)
  local place = int(next_place())
  call('ZADD', PREFIX .. 'waiting', place, id)
  for _, upstream in ipairs(upstreams) do
    call('SADD', key('remaining', id), upstream)
    call('ZADD', key('dependents', upstream), place, id)
    call('HSET', job_key(upstream), 'dp', '1')
  end
end

-- Let a job wait for others, with `fields` written to it, which come last: see `_submit_plain`.
local function await(id, upstreams, fields)
  stand_waiting(id, upstreams)
  call('HSET', job_key(id), 's', 'waiting', unpack(fields))
end

-- A job waits for nobody any more: it leaves whatever says that it does. Where something else stands in such a place, it
-- does not stand there.
local function wait_no_more(id)
  for _, upstream in ipairs(call('SMEMBERS', key('remaining', id))) do redis.pcall('ZREM', key('dependents', upstream), id) end
  call('DEL', key('remaining', id))
  redis.pcall('ZREM', PREFIX .. 'waiting', id)
end

-- Whether somebody may still ask for what an ended job left: its workflow goes on, or it is one and something comes after.
local is_at_work
function is_at_work(id, job)
  if job.wf then
    local kind, flow = read_job(job.wf)
    return kind == 'hash' or flow.w and is_at_work(job.wf, flow)
  end
  -- A workflow that has taken the place of another one's node: its value is that node's.
  local outer = job.rf and node_parts(job.rf)
  return outer and is_at_work('', {wf = outer}) or job.w and call('EXISTS', key('live', id), key('steps', id)) > 0
end

local owed = {}  -- tokens of the queues into which this call let jobs go on

-- For the report of the job that did not succeed.
local function remember_skipped(upstream, id)
  local skipped = key('skipped', upstream)
  if call('RPUSH', skipped, id) > KEEP_SKIPPED then call('LTRIM', skipped, -KEEP_SKIPPED, -1) end
  call('PEXPIRE', skipped, SKIPPED_TTL)
end
