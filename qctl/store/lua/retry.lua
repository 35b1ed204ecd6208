-- retry: running -> scheduled | ended (cancelled). Give a failed attempt another time, unless somebody has cancelled it.
-- uses  _ending _output _settling
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', delay in ms, counter to raise (x | c)
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()

local function schedule(id, job, delay, more)
  call('ZADD', PREFIX .. 'scheduled', int(now + delay), id)  -- the record comes after it: see `_submit_plain`
  call('HSET', job_key(id), 's', 'scheduled', 'due', int(now + delay), unpack(more))
  call('HDEL', job_key(id), 'o', 'sc', 'st', 'pg', 'h')
  prolong_secrets(id, job, delay)
end

return settle('retry', KEYS[2], told_rows(4), now, function(id, job, record, output, delay, charge)
  local more = close_attempt(id, job, record, charge)
  keep_output(id, job.n, output, now)
  if job.cx then
    finish(id, job, 'cancelled', 'by_user', now, more)
  else
    schedule(id, job, tonumber(delay), more)
  end
end)
