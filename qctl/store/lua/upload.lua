-- upload: changes no job. Keep nodes of a workflow that is about to be submitted: those that are too many for one call.
-- uses  _plans
-- KEYS  1 door
-- ARGV  1 workflow   2 its delay and its due time, or '' each, and of all its nodes the
--       delays together and the latest due time, as `submit` has them   3 n, then n nodes likewise
-- reply how many were kept; 0 if there is a job of this id, or one is being removed
local UPLOAD_TTL = 3600000  -- ms until the submit
local id, delay, due, delays, latest = word(), number(), number(), number(), number()
local now = server_ms()
local nodes = plans.read_nodes()
if call('EXISTS', job_key(id), key('steps', id)) > 0 then return 0 end
plans.keep_nodes(id, nodes, (delay or due and due - now or 0) + plans.wait_of(delays, latest, now))
if plans.has_foreign(id, nodes) then call('HSET', key('nodes', id), 'foreign', '1') end  -- for the submit
call('PEXPIRE', key('nodes', id), UPLOAD_TTL)
return #nodes
