-- release: running -> queued | ended (cancelled). Give jobs back at their old place, unless cancelled; no counter moves.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, record of the attempt or '' if it was not begun, packed output or ''
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local replies, done, tokens = {}, {}, {}
open_door()

local function give_back(id, job, more)
  if #more == 0 then
    more = {'n', int(tonumber(job.n) - 1)}  -- an attempt that was not begun leaves no number behind
  end
  call('HSET', job_key(id), 's', 'queued', unpack(more))
  call('HDEL', job_key(id), 'o', 'st', 'pg')
  make_ready(id, job.q, tonumber(job.sc) or next_score(tonumber(job.p)))
  tokens[job.q] = (tokens[job.q] or 0) + 1
end

for i = 1, number() do
  local id, fence, record, output = word(), word(), word(), word()
  local job = owned_job(KEYS[2], id, fence)
  if not job then
    replies[i] = answer_stranger(KEYS[2], id, fence)
  else
    local more = record == '' and {} or close_attempt(id, job, record, '')
    keep_output(id, job.n, output, now)
    if job.cx then
      finish(id, job, 'cancelled', 'by_user', now, more)
      call('HDEL', key('orders', job.o), id)
    else
      give_back(id, job, more)
    end
    done[#done + 1], replies[i] = id, 'OK'
  end
end
if #done > 0 then
  in_batches('HDEL', KEYS[2], done)
  for queue, count in pairs(tokens) do wake(queue, count) end
  write_endings(now)
  announce('release', done)
end
return replies
