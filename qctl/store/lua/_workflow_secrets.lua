-- The secret values of a workflow's nodes: they go with its end, but for those of what comes after it.
-- uses  _workflow_ends _workflow_records

workflow_parts[#workflow_parts + 1] = function(w)
  local steps, push, node_of, fate_of, names_from, is_settled = w.steps, w.push, w.node_of, w.fate_of, w.names_from, w.is_settled

  -- What comes after a workflow, and will not, or has: its secret values go. What has not come yet keeps them.
  local function hush_afterwards(flow)
    local outcome = flow.job.oc
    local next_one = outcome == 'succeeded' and 'on_success' or 'on_error'
    if not flow.job.sw or flow.job.cb or fate_of(flow, next_one) then next_one = nil end
    for _, name in ipairs({'on_error', 'on_success'}) do
      if name ~= next_one then call('HDEL', key('secrets', flow.id), name) end
    end
  end

  function steps.forget_secret(flow, name) call('HDEL', key('secrets', flow.id), name) end

  -- Whether a node of a workflow that has ended would start at its retry, as far as one can know.
  local function would_run_again(flow, name, node)
    local fate = fate_of(flow, name)
    if not fate then return true end
    if string.find(fate, '^unneeded') then fate = fate_of(flow, node.pv or '') or '' end
    return not string.find(fate, '^succeeded') and not is_settled(flow, name, node, fate)
  end

  -- A workflow has ended: the secret values of those of its nodes that did not start go with it, from a place on. Of what
  -- would run at a retry that is remembered.
  function steps.hush(flow, from)
    local names, to = names_from(flow.id, flow.plan, tonumber(from))
    if #names == 0 then return hush_afterwards(flow) end
    local lacks = {}
    for _, name in ipairs(names) do
      local node = node_of(flow, name)
      if node and node.j and node.j.sk then
        call('HDEL', key('secrets', flow.id), name)
        if would_run_again(flow, name, node) then lacks[1] = name end
      end
    end
    if lacks[1] then call('HSET', key('flow', flow.id), 'secret', lacks[1]) end
    push(flow, 'hush', int(to))
  end
end
