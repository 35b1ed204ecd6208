-- leave: changes no job. A beat goes; what it held is free for the others.
-- uses  _scheduling
-- KEYS  1 door   2 beats   3 schedules_version   4 beat:<beat>
-- ARGV  1 beat
-- reply 1 if it was there
open_door()
call('DEL', KEYS[4])
local left = call('ZREM', KEYS[2], word())
if left == 1 then new_version() end
return left
