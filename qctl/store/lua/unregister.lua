-- unregister: changes no job. Take out a worker that owns nothing any more.
-- uses  _rules
-- KEYS  1 door   2 worker:<worker>   3 running:<worker>   4 orders:<worker>   5 inbox:<worker>   6 workers
-- ARGV  1 worker
-- reply how many jobs it still owns; it is taken out only at 0
local owned = call('HLEN', KEYS[3])
if owned == 0 then
  open_door()
  call('DEL', KEYS[2], KEYS[4], KEYS[5])
  call('ZREM', KEYS[6], word())
  merge_rules()
end
return owned
