-- enable: changes no job. Schedules that somebody has disabled start their task again.
-- uses  _scheduling
-- KEYS  1 door   2 schedules_version
-- ARGV  1 n, then n names
-- reply n answers: OK | ALREADY | UNKNOWN
-- When that was is kept: what was due before is not made up for. Of an order whose time is over the order itself says it.
local now = server_ms()
local replies, any = {}, false
open_door()
for i = 1, number() do
  local name = word()
  local state = state_of(name)
  if not state.gen then
    replies[i] = 'UNKNOWN'
  elseif not disabling_order(state, now) then
    replies[i] = 'ALREADY'
  else
    call('HSET', key('schedule', name), 'enabled', int(now))
    call('HDEL', key('schedule', name), 'disabled')
    replies[i], any = 'OK', true
  end
end
if any then new_version() end
return replies
