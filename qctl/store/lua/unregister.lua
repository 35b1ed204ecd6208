-- unregister: changes no job. Take out a worker that owns nothing any more.
-- uses  _rules
-- KEYS  1 door   2 worker:<worker>   3 running:<worker>   4 orders:<worker>   5 inbox:<worker>   6 workers
-- ARGV  1 worker
-- reply how many jobs it still owns; it is taken out only at 0
local owned = call('HLEN', KEYS[3])
if owned == 0 then
  open_door()
  local worker, record = word(), call('HMGET', KEYS[2], 'beat', 'rules')
  call('DEL', KEYS[2], KEYS[4], KEYS[5])
  call('ZREM', KEYS[6], worker)
  change_rules(worker, record[2] or record[1] and '{}' or nil)
end
return owned
