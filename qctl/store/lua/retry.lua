-- retry: running -> scheduled | ended (cancelled). Give a failed attempt another time, unless somebody has cancelled it.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', delay in ms, counter to raise (x | c)
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local replies, done = {}, {}
open_door()

local function schedule(id, job, delay, more)
  call('HSET', job_key(id), 's', 'scheduled', 'due', int(now + delay), unpack(more))
  call('HDEL', job_key(id), 'o', 'sc', 'st', 'pg')
  call('ZADD', PREFIX .. 'scheduled', int(now + delay), id)
end

for i = 1, number() do
  local id, fence, record, output, delay, charge = word(), word(), word(), word(), number(), word()
  local job = owned_job(KEYS[2], id, fence)
  if not job then
    replies[i] = answer_stranger(KEYS[2], id, fence)
  else
    local more = close_attempt(id, job, record, charge)
    keep_output(id, job.n, output, now)
    if job.cx then
      finish(id, job, 'cancelled', 'by_user', now, more)
      call('HDEL', key('orders', job.o), id)
    else
      schedule(id, job, delay, more)
    end
    done[#done + 1], replies[i] = id, 'OK'
  end
end
if #done > 0 then
  in_batches('HDEL', KEYS[2], done)
  write_endings(now)
  announce('retry', done)
end
return replies
