-- schedules: changes nothing. Read schedules as they are.
-- uses  _scheduling
-- KEYS  1 door   2 beats
-- ARGV  1 n, then n names
-- reply server time in ms, live beats, then n times: the fields as a list and the active jobs, or an empty list
local now = server_ms()
local reply = {int(now), live_beats(now)}
for _ = 1, number() do reply[#reply + 1] = told(word()) end
return reply
