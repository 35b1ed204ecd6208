-- bury: running -> ended (failed, timeout, cancelled, lost). Settle attempts after which nothing is tried any more.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', outcome, reason, counter to raise (x | c | '')
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local replies, done = {}, {}
open_door()
for i = 1, number() do
  local id, fence, record, output, outcome, reason, charge =
    word(), word(), word(), word(), word(), word(), word()
  local job = owned_job(KEYS[2], id, fence)
  if not job then
    replies[i] = answer_stranger(KEYS[2], id, fence)
  else
    keep_output(id, job.n, output, now)
    finish(id, job, outcome, reason, now, close_attempt(id, job, record, charge))
    done[#done + 1], replies[i] = id, 'OK'
    if job.cx then call('HDEL', key('orders', job.o), id) end
  end
end
if #done > 0 then
  in_batches('HDEL', KEYS[2], done)
  write_endings(now)
  announce('bury', done)
end
return replies
