-- rewind: changes no job. The server's clock was set back under a schedule whose instants come once more.
-- KEYS  1 door   2 beats   3 schedule:<name>   4 schedules_version
-- ARGV  1 beat   2 schedule   3 generation   4 its cursor in ms
-- reply server time in ms, live beats, OK | STALE (the clock was not set back so, or somebody was faster) | DRIFT |
--       UNKNOWN, and the schedule as it is now
local LEAST, MOST = 60000, 10800000  -- ms; less is the clock being trimmed, and after more nothing is repeated
local beat, name, generation, cursor_there = word(), word(), word(), word()
local now = server_ms()
local state = state_of(name)
local back = tonumber(cursor_there) - now
local answer = 'OK'
if not state.gen then
  answer = 'UNKNOWN'
elseif state.gen ~= generation then
  answer = 'DRIFT'
elseif state.cursor ~= cursor_there or back <= LEAST or back > MOST then
  answer = 'STALE'
else
  open_door()
  call('HSET', KEYS[3], 'cursor', int(now), 'fired_by', beat, 'turn', int(tonumber(state.turn or '0') + 1))
  new_version()
end
return {int(now), live_beats(now), answer, told(name)}
