-- poke: changes no job. Ask a worker for a heartbeat now.
-- KEYS  1 door   2 worker:<worker>
-- ARGV  1 worker
-- reply 1, or 0 if there is no such worker
local worker = word()
if call('EXISTS', KEYS[2]) == 0 then return 0 end
open_door()
hint(worker, 'poke')
return 1
