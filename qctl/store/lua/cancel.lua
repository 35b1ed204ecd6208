-- cancel: waiting | scheduled | queued -> ended (cancelled). A running job's worker gets the order to stop it.
-- uses  _cancelling _concluding _limits
-- KEYS  1 door
-- ARGV  1 order (JSON, for the worker, and kept with the job)   2 1 to leave those alone that run   3 n, then n ids
-- reply n times: answer (OK | RUNNING | ENDED | UNKNOWN), the worker that was told or ''
local now = server_ms()
local order, spare_running = word(), number() == 1
local replies = {}
open_door()
for _ = 1, number() do
  replies[#replies + 1], replies[#replies + 2] = cancel_one(word(), order, spare_running, now)
end
announce('cancel', cancelled)
write_endings(now)
thaw_freed(now)
return replies
