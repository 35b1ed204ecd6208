-- A workflow that has ended runs once more: what did not succeed is forgotten, and its side branches start anew.
-- uses  _workflow_records _workflow_removal

workflow_parts[#workflow_parts + 1] = function(w)
  local steps, push, node_of, part = w.steps, w.push, w.node_of, w.part
  local set_group, size_of, names_from = w.set_group, w.size_of, w.names_from
  local start_links, is_settled, remove_ended = w.start_links, w.is_settled, w.remove_ended

  local function reset_group(flow, name)
    for _, word in ipairs({'in', 'cur', 'no', 'ff'}) do call('HDEL', key('flow', flow.id), word .. ' ' .. name) end
    for _, kind in ipairs({'done', 'failed'}) do w.discard(flow.id, part(kind, flow, name)) end
    flow.groups[name] = nil
  end

  -- A job that did not start leaves no trace when it may start after all.
  local function remove_unrun(id)
    if call('TYPE', job_key(id)).ok == 'string' and not unpack_job(call('GET', job_key(id))).n then remove_ended(id) end
  end

  -- Forget how what starts with a node went, a side branch of a failure that may come once more; `resetting` counts
  -- those steps that are to come.
  local function push_reset(flow, name, from)
    call('HINCRBY', key('flow', flow.id), 'resetting', 1)
    push(flow, 'reset', name, int(from))
  end
  function steps.reset(flow, name, from)
    local node, place = node_of(flow, name), tonumber(from)
    call('HINCRBY', key('flow', flow.id), 'resetting', -1)
    if not node then return end
    if place == 0 then
      call('HDEL', key('fates', flow.id), name)
      if node.j then remove_unrun(flow.id .. '.' .. name) end
      if node.nx then push_reset(flow, node.nx, 0) end
      for _, links in ipairs({node.ln or {}, node.el or {}}) do
        for _, head in ipairs(links) do push_reset(flow, head, 0) end
      end
    end
    if node.j then return end
    local size = size_of(flow, name, node)
    for position = place, math.min(place + 50, size) - 1 do
      local head = call('HGET', key('nodes', flow.id), name .. ' ' .. int(position))
      if head then push_reset(flow, head, 0) end
    end
    if place + 50 < size then return push_reset(flow, name, place + 50) end
    reset_group(flow, name)
  end

  -- Before a workflow runs once more: what did not succeed is forgotten, from a place on.
  function steps.renew(flow, from)
    local names, to = names_from(flow.id, flow.plan, tonumber(from))
    if #names == 0 then return push(flow, 'relink', '0') end
    local fates = call('HMGET', key('fates', flow.id), unpack(names))
    for place, name in ipairs(names) do
      local fate, node = fates[place], node_of(flow, name)
      if node and node.g and node.g.op then set_group(flow, name, 'sealed', '1') end  -- who fed it has been told of the end
      if node and fate and not is_settled(flow, name, node, fate) then
        call('HDEL', key('fates', flow.id), name)
        if node.g then reset_group(flow, name) else remove_unrun(flow.id .. '.' .. name) end
        for _, head in ipairs(node.el or {}) do push_reset(flow, head, 0) end
      end
    end
    push(flow, 'renew', int(to))
    return #names
  end

  -- Then side branches of what is kept start once more, where they did not succeed, and at last the workflow.
  function steps.relink(flow, from)
    if tonumber(call('HGET', key('flow', flow.id), 'resetting') or '0') > 0 then return push(flow, 'relink', from) end
    local names, to = names_from(flow.id, flow.plan, tonumber(from))
    if #names == 0 then return steps.start(flow) end
    local fates = call('HMGET', key('fates', flow.id), unpack(names))
    for place, name in ipairs(names) do
      local node = fates[place] and node_of(flow, name)
      if node then start_links(flow, name, node, fates[place]) end
    end
    push(flow, 'relink', int(to))
    return #names
  end
end
