-- command: changes no job. Tell a worker to drain, resume or stop; its next heartbeat answers it.
-- KEYS  1 door   2 worker:<worker>
-- ARGV  1 worker   2 command (drain | resume | stop | stop-now)
-- reply 1, or 0 if there is no such worker
local worker, command = word(), word()
if call('EXISTS', KEYS[2]) == 0 then return 0 end
open_door()
call('HSET', KEYS[2], 'command', command)
hint(worker, 'command')
return 1
