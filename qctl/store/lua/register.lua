-- register: changes no job. Enter a worker, or replace what it says of itself.
-- uses  _rules
-- KEYS  1 door   2 worker:<worker>   3 workers
-- ARGV  1 worker   2 its description (JSON)   3 the limits that it declares (JSON, by 'task:<task>' and 'queue:<queue>')
--       4 digest of what it can run, or ''   5 what it can run (JSON, by task)   6 the latest form of records that it reads
-- reply OK | CONDEMNED, server time in ms
local worker, description, rules, digest, catalog = word(), word(), word(), word(), word()
local now = server_ms()
if call('HEXISTS', KEYS[2], 'condemned') == 1 then return {'CONDEMNED', int(now)} end
open_door()
call('HSETNX', KEYS[2], 'beat', '0')
call('HSETNX', KEYS[2], 'since', int(now))
call('HSET', KEYS[2], 'about', description, 'seen', int(now), 'reads', word())
if digest ~= '' then
  call('HSET', KEYS[2], 'catalog', digest)
  call('SET', key('catalog', digest), catalog, 'PX', CATALOG_TTL)
end
call('ZADD', KEYS[3], int(now), worker)
local before = call('HGET', KEYS[2], 'rules') or '{}'
if before ~= rules then
  call('HSET', KEYS[2], 'rules', rules)
  change_rules(worker, before, rules)
end
return {'OK', int(now)}
