-- upload: changes no job. Keep nodes of a workflow that is about to be submitted: those that are too many for one call.
-- KEYS  1 door
-- ARGV  1 workflow   2 n, then n nodes as `submit` has them
-- reply how many were kept; 0 if there is a job of this id
local UPLOAD_TTL = 3600000  -- ms until the submit
local id = word()
local nodes = plans.read_nodes()
if call('EXISTS', job_key(id)) == 1 then return 0 end
plans.keep_nodes(id, nodes)
call('PEXPIRE', key('nodes', id), UPLOAD_TTL)
return #nodes
