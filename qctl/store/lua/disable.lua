-- disable: changes no job. Schedules start nothing until somebody enables them, or the time is over.
-- uses  _scheduling
-- KEYS  1 door   2 schedules_version
-- ARGV  1 who and why (JSON)   2 for how many ms, or ''   3 n, then n names
-- reply n answers: OK | ALREADY (the new order holds nevertheless) | UNKNOWN
local order, length = cjson.decode(word()), number()
local now = server_ms()
local replies, any = {}, false
open_door()
order['until'] = length and now + length
for i = 1, number() do
  local name = word()
  local state = state_of(name)
  if not state.gen then
    replies[i] = 'UNKNOWN'
  else
    local standing = disabling_order(state, now)
    replies[i], any = standing and 'ALREADY' or 'OK', true
    order.at = standing and standing.at or now
    call('HSET', key('schedule', name), 'disabled', cjson.encode(order))
  end
end
if any then new_version() end
return replies
