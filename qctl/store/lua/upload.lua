-- upload: changes no job. Keep nodes of a workflow that is about to be submitted: those that are too many for one call.
-- uses  _plans
-- KEYS  1 door
-- ARGV  1 workflow   2 n, then n nodes, as `submit` has them
-- reply how many were kept; 0 if there is a job of this id, or one is being removed
local UPLOAD_TTL = 3600000  -- ms until the submit
local id = word()
local nodes = plans.read_nodes()
if call('EXISTS', job_key(id), key('steps', id)) > 0 then return 0 end
plans.keep_nodes(id, nodes)
if plans.has_foreign(id, nodes) then call('HSET', key('nodes', id), 'foreign', '1') end  -- for the submit
call('PEXPIRE', key('nodes', id), UPLOAD_TTL)
call('PEXPIRE', key('secrets', id), UPLOAD_TTL)
return #nodes
