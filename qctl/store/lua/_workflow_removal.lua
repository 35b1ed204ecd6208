-- Nothing is kept of a workflow whose record is gone, or cannot be read.
-- uses  _cancelling _ending _workflow_course _workflow_records

workflow_parts[#workflow_parts + 1] = function(w)
  local flows, read_plan, names_from, MOST_AFTERWARDS = w.flows, w.read_plan, w.names_from, w.MOST_AFTERWARDS
  local at, removals = w.at, w.removals

  function w.remove_ended(id)
    local kind, job = read_job(id)
    if kind ~= 'string' then return end
    erase_job(id, kind, job)
    call('ZREM', key('ended', job.t), id)
    call('ZREM', PREFIX .. 'unsuccessful', id)
    if call('EXISTS', key('ended', job.t)) == 0 then call('SREM', PREFIX .. 'tasks', job.t) end
  end

  local function erase_keys(id)
    for _, kind in ipairs({'nodes', 'fates', 'flow', 'live', 'culprits', 'steps'}) do call('UNLINK', key(kind, id)) end
  end

  -- Remove what is kept of a workflow whose record is gone, from a place on; its jobs as well, or not.
  function removals.erase(id, from, jobs_too)
    local names, to = names_from(id, read_plan(call('HGET', key('nodes', id), 'plan') or nil) or {}, tonumber(from))
    for _, name in ipairs(names) do
      local node = id .. '.' .. name
      if string.sub(name, 1, 1) == 'g' then call('UNLINK', key('done', node), key('failed', node)) end
      if jobs_too then w.remove_ended(node) end
    end
    if #names > 0 then
      endings.steps[#endings.steps + 1] = {id, 'erase', int(to), jobs_too}
      return
    end
    if jobs_too then
      for _, name in ipairs({'on_error', 'on_success'}) do w.remove_ended(id .. '.' .. name) end
      for place = 1, math.min(MOST_AFTERWARDS, call('LLEN', key('culprits', id))) do w.remove_ended(id .. '.on_error-' .. place) end
    end
    erase_keys(id)
  end

  -- End the jobs of a workflow that was given up, then erase its keys: of its groups those that it knows of.
  function removals.abandon(id, from)
    flows[id] = false
    call('HDEL', key('nodes', id), 'plan')
    call('ZREM', PREFIX .. 'workflows', id)
    call('ZREM', PREFIX .. 'deadlines', 'timeout ' .. id)
    local names = call('ZRANGE', key('live', id), 0, 49)
    for _, name in ipairs(names) do
      call('ZREM', key('live', id), name)
      call('ZREM', PREFIX .. 'deadlines', 'feed ' .. id .. ' ' .. name)
      cancel_one(id .. '.' .. name, cjson.encode({reason = 'what its workflow is made of cannot be read any more'}), false, at)
    end
    local found = #names == 0 and call('HSCAN', key('flow', id), from, 'COUNT', 50)
    for place = 1, found and #found[2] or 0, 2 do
      local group = string.match(found[2][place], '^%a+ (g%d+)$')
      if group then call('UNLINK', key('done', id .. '.' .. group), key('failed', id .. '.' .. group)) end
    end
    if found and found[1] == '0' then return erase_keys(id) end
    endings.steps[#endings.steps + 1] = {id, 'abandon', found and found[1] or '0'}
  end
end
