-- extend: changes no job that is there. Add members to a group of a workflow, or say that there are no more.
-- uses  _concluding _limits _plans _workflow_growth _workflow_records
-- KEYS  1 door
-- ARGV  1 workflow   2 group, or '' for the one that the asking job is within   3 token, by which this call is known
--       4 worker, job and fence of the one that asks, or '' each   5 1 if there are no more members
--       6 n, then n nodes: name, JSON and the job's body, secret values or '', place in a group or '', and of those that
--       are directly in this group, with `h`, `t` or '' for their place: which one of the new members they are of, from 0
-- reply OK | ALREADY | FENCED | FINAL | UNKNOWN | COLLISION (a node of this name is there)
local STEPS = 100  -- fewer than other calls take, which have no nodes to keep
local id, group, token, worker, asker, fence, sealed = word(), word(), word(), word(), word(), word(), word() == '1'
local now = server_ms()
local nodes = {}
for place = 1, number() do
  nodes[place] = {name = word(), said = word(), secrets = word(), member = word(), index = number()}
end

-- Give the new members their positions, behind those that there are. Answers how many they are.
local function place_members(name, size)
  local members = 0
  for _, node in ipairs(nodes) do
    if node.index then
      local place = name .. ' ' .. int(size + node.index)
      node.said = '{"wi":"' .. name .. '","po":"' .. int(size + node.index) .. '",' .. string.sub(node.said, 2)
      node.member = node.member == 'h' and place or node.member == 't' and 't ' .. place or ''
      members = math.max(members, node.index + 1)
    end
  end
  return members
end

local function name_taken()
  for _, node in ipairs(nodes) do
    if call('HEXISTS', key('nodes', id), node.name) == 1 then return true end
  end
  return false
end

local w = workflows_at(now)
local flow = call('EXISTS', key('nodes', id)) == 1 and w.flow_of(id)
-- An answer beside what it means that something could not be read: its workflow is given up.
local function refuse(answer)
  write_endings(now)
  thaw_freed(now)
  return answer
end

if not flow then return refuse('UNKNOWN') end
if call('HEXISTS', key('flow', id), 'token ' .. token) == 1 then return 'ALREADY' end
if asker ~= '' then
  local job = owned_job(key('running', worker), asker, fence)
  if not job then return 'FENCED' end
  if group == '' then group = (w.carefully(flow, w.node_of, job.nd or '') or {}).wi or '' end
end
local state, size = w.carefully(flow, w.group_state, group)
if state ~= 'OK' then return refuse(state or 'UNKNOWN') end
if #nodes > 0 and name_taken() then return 'COLLISION' end

local members = place_members(group, size)
plans.keep_nodes(id, nodes)
local names = {}
for place, node in ipairs(nodes) do names[place] = node.name end
if #nodes > 0 then
  call('HSET', key('nodes', id), 'more ' .. call('HINCRBY', key('nodes', id), 'more', 1), table.concat(names, ' '))
  call('HINCRBY', job_key(id), 'w', #nodes)
end
call('HSET', key('flow', id), 'token ' .. token, '1')
w.carefully(flow, w.extend, group, size + members, sealed)
write_endings(now, STEPS)
thaw_freed(now)
return 'OK'
