-- cancel: waiting | scheduled | queued -> ended (cancelled). A running job's worker gets the order to stop it.
-- uses  _cancelling _concluding _large _limits
-- KEYS  1 door
-- ARGV  1 order (JSON, for the worker, and kept with the job)   2 1 to leave those alone that run   3 n, then n ids
-- reply n times, or fewer if they are large: answer (OK | RUNNING | ENDED | UNKNOWN), the worker that was told or ''
local now = server_ms()
local order, spare_running = word(), number() == 1
local replies = {}
open_door()
answer_those_that_fit(function(id)
  replies[#replies + 1], replies[#replies + 2] = cancel_one(id, order, spare_running, now)
end)
announce('cancel', cancelled)
write_endings(now)
thaw_freed(now)
return replies
