-- pulse: changes no job. A beat says that it is there, and learns who else is, and whether schedules have changed.
-- uses  _scheduling
-- KEYS  1 door   2 beats   3 schedules_version   4 beat:<beat>
-- ARGV  1 beat   2 what it says of itself (JSON)
-- reply server time in ms, version, then for each other live beat: id, when it was seen in ms, what it says of itself
-- What a dead beat held is free for the others: they look again, for the version grows.
local beat, about = word(), word()
local now = server_ms()
open_door()
call('HSET', KEYS[4], 'about', about)
call('PEXPIRE', KEYS[4], PULSE_TTL)
call('ZADD', KEYS[2], int(now), beat)
local dead = call('ZREMRANGEBYSCORE', KEYS[2], '-inf', int(now - PULSE_TTL))
if dead + call('ZREMRANGEBYSCORE', KEYS[2], int(now + LIVE), '+inf') > 0 then new_version() end

local reply = {int(now), call('GET', KEYS[3]) or '0'}
for _, other in ipairs(live_beats(now)) do
  local said = other ~= beat and call('HGET', key('beat', other), 'about')
  if said then
    reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = other, call('ZSCORE', KEYS[2], other), said
  end
end
return reply
