-- register: changes no job. Enter a worker, or replace what it says of itself.
-- KEYS  1 door   2 worker:<worker>   3 workers
-- ARGV  1 worker   2 its description (JSON)
-- reply OK | CONDEMNED, server time in ms
local worker, description = word(), word()
local now = server_ms()
if call('HEXISTS', KEYS[2], 'condemned') == 1 then return {'CONDEMNED', int(now)} end
open_door()
call('HSETNX', KEYS[2], 'beat', '0')
call('HSETNX', KEYS[2], 'since', int(now))
call('HSET', KEYS[2], 'about', description, 'seen', int(now))
call('ZADD', KEYS[3], int(now), worker)
return {'OK', int(now)}
