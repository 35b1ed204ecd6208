-- release: running -> queued | ended (cancelled). Give jobs back at their old place, unless cancelled; no counter moves.
-- uses  _ending _limits _missing _output _settling
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, record of the attempt or '' if it was not begun, packed output or '', 1 if the
--       worker does not have the task: the job waits for one that does
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local tokens = {}

local function give_back(id, job, more, missing)
  if #more == 0 then
    more = {'n', int(tonumber(job.n) - 1)}  -- an attempt that was not begun leaves no number behind
  end
  -- The record comes last: what cannot stand where it belongs stays a running job of its worker.
  job.sc = job.sc or int(next_score(tonumber(job.p)))
  if missing then
    park_as_missing(id, job, job.t, now)
  else
    make_ready(id, job.q, tonumber(job.sc))
    tokens[job.q] = (tokens[job.q] or 0) + 1
  end
  call('HSET', job_key(id), 's', 'queued', 'sc', job.sc, unpack(more))
  call('HDEL', job_key(id), 'o', 'st', 'pg', 'h')
  prolong_secrets(id, job, 0)
end

local replies = settle('release', KEYS[2], told_rows(3), now, function(id, job, record, output, missing)
  local more = {}
  if record == '' then
    give_start_back(id, job)
  else
    more = close_attempt(id, job, record, '')
  end
  keep_output(id, job.n, output, now)
  if job.cx then
    finish(id, job, 'cancelled', 'by_user', now, more)
  else
    give_back(id, job, more, missing == '1')
  end
end)
for queue, count in pairs(tokens) do wake(queue, count) end
return replies
