-- resume: changes no job. Queues that somebody has paused are claimed again.
-- KEYS  1 door   2 paused
-- ARGV  1 n, then n queues, '*' for the pause of all
-- reply n answers: OK | ALREADY
open_door()
local replies = {}
for i = 1, number() do
  local queue = word()
  replies[i] = call('HDEL', KEYS[2], queue) == 1 and 'OK' or 'ALREADY'
  if replies[i] == 'OK' then rouse(queue) end
end
return replies
