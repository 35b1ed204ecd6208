-- The plans of workflows, as they are told and kept.

local plans = {}

-- A number, then so many times a name, what is said of the node, secret values or '', and the field by which it is the
-- first or the last one of a group's member, or ''.
function plans.read_nodes()
  local nodes = {}
  for place = 1, number() do nodes[place] = {name = word(), said = word(), secrets = word(), member = word()} end
  return nodes
end

function plans.read(main)
  return {main = main, terms = word(), uploaded = word(), nodes = plans.read_nodes()}
end

function plans.keep_nodes(id, nodes)
  local fields, secrets = {}, {}
  for _, node in ipairs(nodes) do
    fields[#fields + 1], fields[#fields + 2] = node.name, node.said
    if node.member ~= '' then fields[#fields + 1], fields[#fields + 2] = node.member, node.name end
    if node.secrets ~= '' then
      secrets[#secrets + 1], secrets[#secrets + 2] = node.name, node.secrets
      fields[#fields + 1], fields[#fields + 2] = 'secrets', '1'
    end
  end
  in_batches('HSET', key('nodes', id), fields)
  in_batches('HSET', key('secrets', id), secrets)
end

function plans.keep(id, plan)
  plans.keep_nodes(id, plan.nodes)
  call('HSET', key('nodes', id), 'plan', plan.terms)
  call('PERSIST', key('nodes', id))
  call('PERSIST', key('secrets', id))
end

-- Whether one of these nodes has the id of somebody else's job.
function plans.has_foreign(id, nodes)
  local jobs = {}
  for place, node in ipairs(nodes) do jobs[place] = job_key(id .. '.' .. node.name) end
  if #jobs == 0 or call('EXISTS', unpack(jobs)) == 0 then return false end
  for _, node in ipairs(nodes) do
    local kind, job = read_job(id .. '.' .. node.name)
    if kind ~= 'none' and job.wf ~= id then return true end
  end
  return false
end

-- Whether a workflow cannot have this id: what was removed under it is not gone yet, or ids of its nodes are taken.
function plans.is_taken(id, plan)
  return call('EXISTS', key('steps', id)) == 1 or call('HEXISTS', key('nodes', id), 'foreign') == 1
    or plans.has_foreign(id, plan.nodes)
end

-- Whether an id is that of a node which has no job yet.
function plans.is_of_node(id)
  local workflow, name = node_parts(id)
  if not workflow then return false end
  local plain = string.gsub(name, '%-%d+$', '')
  return call('HEXISTS', key('nodes', workflow), plain) == 1
end

-- Whether the nodes that were uploaded before are still there: the last one of them, after all others.
function plans.is_whole(id, plan)
  return plan.uploaded == '' or call('HEXISTS', key('nodes', id), plan.uploaded) == 1
end
