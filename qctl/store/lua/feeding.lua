-- feeding: changes no job. Who adds members to an open group is there: if it says so no more, the workflow is cancelled.
-- uses  _concluding _limits _workflow_growth _workflow_records
-- KEYS  1 door
-- ARGV  1 workflow   2 group   3 ms within which it says so again
-- reply OK | FINAL (the group takes no more members) | UNKNOWN
local id, group, within = word(), word(), number()
local now = server_ms()
local w = workflows_at(now)
local flow = call('EXISTS', key('nodes', id)) == 1 and w.flow_of(id)
local state = flow and w.carefully(flow, w.group_state, group) or 'UNKNOWN'
if state == 'OK' then call('ZADD', PREFIX .. 'deadlines', int(now + within), 'fed ' .. id .. ' ' .. group) end
write_endings(now)
thaw_freed(now)
return state
