-- Nothing is kept of a workflow whose record is gone, or cannot be read.
-- uses  _cancelling _ending _output _workflow_course _workflow_records

workflow_parts[#workflow_parts + 1] = function(w)
  local flows, read_plan, names_from, MOST_AFTERWARDS = w.flows, w.read_plan, w.names_from, w.MOST_AFTERWARDS
  local at, removals = w.at, w.removals
  local PIECE = 500               -- elements that go at once
  local DISCARDED_TTL = 86400000  -- ms, if nobody comes to it

  function w.remove_ended(id)
    local kind, job = read_job(id)
    if kind ~= 'string' then return end
    erase_job(id, kind, job)
    call('ZREM', key('ended', job.t), id)
    call('ZREM', PREFIX .. 'unsuccessful', id)
    if call('EXISTS', key('ended', job.t)) == 0 then call('SREM', PREFIX .. 'tasks', job.t) end
  end

  -- A set or a hash of a workflow goes. One with very many elements takes another name, and goes by and by: all of it at
  -- once would hold the server up, also when another thread does it, for both share what they give memory back to. Its
  -- steps are kept under that name, which no workflow has: they go on whatever becomes of those of the workflow.
  function w.discard(id, whole)
    local kind = call('TYPE', whole).ok
    if not (kind == 'set' and call('SCARD', whole) > PIECE or kind == 'hash' and call('HLEN', whole) > PIECE) then
      return call('UNLINK', whole)
    end
    local name = id .. ':' .. int(next_place())
    call('RENAME', whole, key('discarded', name))
    call('PEXPIRE', key('discarded', name), DISCARDED_TTL)
    endings.steps[#endings.steps + 1] = {name, 'discard', '0'}
  end

  function removals.discard(name, from)
    local whole, to = key('discarded', name), nil
    if call('TYPE', whole).ok == 'set' then
      local found = call('SSCAN', whole, from, 'COUNT', PIECE)
      in_batches('SREM', whole, found[2])
      to = found[1]
    else
      local found, fields = call('HSCAN', whole, from, 'COUNT', PIECE), {}
      for place = 1, #found[2], 2 do fields[#fields + 1] = found[2][place] end
      in_batches('HDEL', whole, fields)
      to = found[1]
    end
    if to ~= '0' then endings.steps[#endings.steps + 1] = {name, 'discard', to} end
  end

  local function erase_keys(id)
    for _, kind in ipairs({'nodes', 'fates', 'flow', 'secrets'}) do w.discard(id, key(kind, id)) end
    call('DEL', key('live', id), key('culprits', id), key('steps', id))
  end

  local function discard_group(id, name)
    for _, kind in ipairs({'done', 'failed'}) do w.discard(id, key(kind, id .. '.' .. name)) end
  end

  -- Remove what is kept of a workflow whose record is gone, from a place on; its jobs as well, or not.
  function removals.erase(id, from, jobs_too)
    local names, to = names_from(id, read_plan(call('HGET', key('nodes', id), 'plan') or nil) or {}, tonumber(from))
    for _, name in ipairs(names) do
      local node = id .. '.' .. name
      if string.sub(name, 1, 1) == 'g' then discard_group(id, name) end
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
      if group then discard_group(id, group) end
    end
    if found and found[1] == '0' then return erase_keys(id) end
    endings.steps[#endings.steps + 1] = {id, 'abandon', found and found[1] or '0'}
  end
end
