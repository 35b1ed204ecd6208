-- withdraw: changes no job. A beat does not declare these any more: those that no other live beat holds are gone.
-- uses  _scheduling
-- KEYS  1 door   2 beats   3 schedules   4 schedules_version
-- ARGV  1 beat   2 n, then n names
-- reply those that are gone
-- Their active jobs go on, and the ledger ends by its own time. The record stays as long, so that a file that lacked them
-- for a moment loses nobody's order. What others hold they may take over: the version grows.
local beat = word()
local now = server_ms()
local live, gone, any = as_set(live_beats(now)), {}, false
open_door()
for _ = 1, number() do
  local name = word()
  local state = state_of(name)
  local held = holders_of(name, state, live)
  held[beat] = nil
  if state.gen and next(held) == nil then
    local _, unfounded = active_jobs(name)
    in_batches('ZREM', key('active', name), unfounded)
    call('HDEL', key('schedule', name), 'holds ' .. beat)
    call('HSET', key('schedule', name), 'withdrawn', int(now))
    call('PEXPIRE', key('schedule', name), int(math.max(1000, tonumber(state.keep_ms))))
    call('SREM', KEYS[3], name)
    gone[#gone + 1] = name
  elseif state.gen then
    call('HDEL', key('schedule', name), 'holds ' .. beat)
  end
  any = any or state.gen ~= nil
end
if any then new_version() end
return gone
