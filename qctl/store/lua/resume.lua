-- resume: changes no job. Queues that somebody has paused are claimed again.
-- uses  _limits
-- KEYS  1 door   2 paused
-- ARGV  1 n, then n queues, '*' for the pause of all
-- reply n answers: OK | ALREADY
open_door()
local replies, now = {}, server_ms()
for i = 1, number() do
  local queue = word()
  replies[i] = pause_stands(queue, now) and 'OK' or 'ALREADY'
  call('HDEL', KEYS[2], queue)
  if replies[i] == 'OK' then rouse(queue) end
end
return replies
