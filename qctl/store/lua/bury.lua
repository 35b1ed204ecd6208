-- bury: running -> ended (failed, timeout, cancelled, lost). Settle attempts after which nothing is tried any more.
-- uses  _ending _output _settling
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', outcome, reason, counter to raise (x | c | '')
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
return settle('bury', KEYS[2], told_rows(5), now, function(id, job, record, output, outcome, reason, charge)
  keep_output(id, job.n, output, now)
  finish(id, job, outcome, reason, now, close_attempt(id, job, record, charge))
end)
