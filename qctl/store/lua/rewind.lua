-- rewind: changes no job. The server's clock was set back under a schedule, or was ahead for a while and is right again.
-- uses  _scheduling
-- KEYS  1 door   2 beats   3 schedule:<name>   4 schedules_version
-- ARGV  1 beat   2 schedule   3 generation   4 its cursor in ms   5 the longest step in ms after which its instants come
--       once more; 0: after none
-- reply server time in ms, live beats, OK | STALE (it does not lie ahead of the clock, or somebody was faster) | DRIFT |
--       UNKNOWN, and the schedule as it is now
local beat, name, generation, cursor_there, followed = word(), word(), word(), word(), number()
local now = server_ms()
local state = state_of(name)
local answer = 'OK'
if not state.gen then
  answer = 'UNKNOWN'
elseif state.gen ~= generation then
  answer = 'DRIFT'
elseif state.cursor ~= cursor_there or ahead_by(state, now) <= AHEAD then
  answer = 'STALE'
else
  open_door()
  call('HSET', KEYS[3], 'fired_by', beat, unpack(turned_back(state, followed, now)))
  new_version()
end
return {int(now), live_beats(now), answer, told(name)}
