-- pause: changes no job. Nothing of these queues is claimed until somebody resumes them, or the time is over.
-- uses  _limits
-- KEYS  1 door   2 paused
-- ARGV  1 who and why (JSON)   2 for how many ms, or ''   3 n, then n queues, '*' for all
-- reply n answers: OK | ALREADY (the new order holds nevertheless)
local order, length = cjson.decode(word()), number()
local now = server_ms()
local replies = {}
open_door()  -- a server whose memory is full is one to pause
order.at = now
if length then order['until'] = now + length end
for i = 1, number() do
  local queue = word()
  replies[i] = pause_stands(queue, now) and 'ALREADY' or 'OK'
  call('HSET', KEYS[2], queue, cjson.encode(order))
  if length then thaw_at('queue:' .. queue, now + length) end
end
return replies
