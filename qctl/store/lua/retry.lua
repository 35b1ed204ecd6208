-- retry: running -> scheduled. Give a failed attempt another time; one that was meanwhile cancelled ends.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', delay in ms, counter to raise (x | c)
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local replies, done = {}, {}
open_door()

local function schedule(id, job, delay, more)
  call('HSET', job_key(id), 's', 'scheduled', 'due', int(now + delay), unpack(more))
  call('HDEL', job_key(id), 'o', 'sc', 'pg')
  call('ZADD', PREFIX .. 'scheduled', int(now + delay), id)
  trim_attempts(id, tonumber(job.n))
end

for i = 1, number() do
  local id, fence, record, output, delay, charge = word(), word(), word(), word(), number(), word()
  if call('HGET', KEYS[2], id) ~= fence then
    replies[i] = answer_stranger(id, fence)
  else
    local flat = call('HGETALL', job_key(id))
    local job = as_table(flat)
    local more = attempt_fields(job, record, charge)
    keep_output(id, job.n, output, now)
    if job.cx then
      finish(id, flat, 'cancelled', 'by_user', now, more)
      call('HDEL', key('orders', job.o), id)
    else
      schedule(id, job, delay, more)
    end
    done[#done + 1], replies[i] = id, 'OK'
  end
end
if #done > 0 then
  call('HDEL', KEYS[2], unpack(done))
  write_endings(now)
  announce('retry', done)
end
return replies
