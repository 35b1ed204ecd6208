-- The turn of a node of a workflow has come, or of a group's members: it starts, or is passed over.
-- uses  _ending _limits _workflow_ends _workflow_records

workflow_parts[#workflow_parts + 1] = function(w)
  local at, steps = w.at, w.steps
  local words_of, push, node_of, fate_of, stopped = w.words_of, w.push, w.node_of, w.fate_of, w.stopped
  local group_of, set_group, size_of, is_open, part = w.group_of, w.set_group, w.size_of, w.is_open, w.part
  local AHEAD, judge, start_links, with_order, set_fate = w.AHEAD, w.judge, w.start_links, w.with_order, w.set_fate
  local pass_on, settle_node = w.pass_on, w.settle_node
  local FEED_WITHIN = 86400000  -- ms; an open group that nobody adds to for so long is given up
  local KEPT = {at = true, f = true, n = true, l = true}  -- of a job that starts once more, with its attempts
  w.released = {}

  local function row_of(flow, name, node, source)
    local terms = node.j
    local job = {t = terms.t, q = terms.q, p = terms.p, b = node.body, at = int(at), wf = flow.id, nd = name}
    if source ~= '-' and not node.ni then job['in'] = source end
    if terms.sk then job.sk = '1' end
    return job
  end

  -- A job that is not released any more: it stands there as ended.
  local function write_off(flow, name, node, outcome, reason, order, culprit)
    local id = flow.id .. '.' .. name
    if call('EXISTS', job_key(id)) == 1 then return end
    local job = row_of(flow, name, node, '-')
    if outcome == 'cancelled' then job.cx = order end
    finish(id, job, outcome, reason, at, culprit and {'up', flow.id .. '.' .. culprit} or {})
    if outcome == 'skipped' then remember_skipped(flow.id .. '.' .. culprit, id) end
  end

  -- Whether a node is in a group that did not start.
  local function is_passed_over(flow, node)
    local within = node.wi
    while within do
      if group_of(flow, within).no then return true end
      within = (node_of(flow, within) or {}).wi
    end
    return false
  end

  -- A node does not start for what was before it, and of a group nothing that is in it. Answers how it ends.
  local function pass_over(flow, name, node, why, from, culprit)
    local outcome, reason, order, cause = stopped(flow, node)
    if node.j then
      write_off(flow, name, node, outcome or 'skipped', reason or why, order, cause or not outcome and culprit)
    else
      set_group(flow, name, 'no', table.concat({why, from, culprit}, ' '))
      push(flow, 'pump', name)
    end
    return table.concat({outcome or 'skipped', why, from, culprit}, ' ')
  end

  -- A job that has ended starts once more: its attempts go on.
  local function take_up(id, job, before)
    for field, value in pairs(before) do
      if KEPT[field] or string.match(field, '^a%d+$') then job[field] = value end
    end
    call('DEL', job_key(id), key('value', id), key('skipped', id))
    call('ZREM', key('ended', before.t), id)
    call('ZREM', PREFIX .. 'unsuccessful', id)
  end

  -- A node's turn has come: its secret values get a key of their own. Of several copies each has them for itself.
  local function release_secrets(flow, name)
    local together = key('secrets', flow.id)
    local kept, base = call('HGET', together, name), string.match(name, '^(.+)%-%d+$')
    if kept then call('HDEL', together, name) elseif base then kept = call('HGET', together, base) end
    if kept then call('SET', key('secret', flow.id .. '.' .. name), kept) end
  end

  local function enter_live(flow, name) call('ZADD', key('live', flow.id), int(next_place()), name) end

  local function start_job(flow, name, node, source)
    local id, terms = flow.id .. '.' .. name, node.j
    local kind, before = read_job(id)
    if kind == 'broken' then return end
    if kind == 'hash' then  -- somebody runs it again by itself: that is its run
      if not call('ZSCORE', key('live', flow.id), name) then enter_live(flow, name) end
      return
    end
    local job = row_of(flow, name, node, source)
    if kind == 'string' then
      take_up(id, job, before)
      endings.forgive(before, at)
    end
    local other = terms.u and active_holder(terms.u)
    if other and other ~= id then
      finish(id, job, 'failed', 'not_started', at, {'up', other})
      call('RPUSH', key('culprits', flow.id), name)
      return settle_node(flow, name, node, 'failed')
    end
    if terms.u then
      job.uq = terms.u
      call('SET', key('unique', terms.u), id)
    end
    if terms.e then job.ex = int(at + terms.e) end
    if terms.sk then release_secrets(flow, name) end
    local fields = {}
    for field, value in pairs(job) do fields[#fields + 1], fields[#fields + 2] = field, value end
    enter_live(flow, name)
    enter(id, job, terms.d and at + terms.d or terms.du, at, owed, fields)
    w.released[#w.released + 1] = id
  end

  -- A group gets no more members.
  local function seal(flow, name, node)
    set_group(flow, name, 'sealed', '1')
    call('ZREM', key('live', flow.id), name)
    call('ZREM', PREFIX .. 'deadlines', 'feed ' .. flow.id .. ' ' .. name, 'fed ' .. flow.id .. ' ' .. name)
    if group_of(flow, name)['in'] then judge(flow, name, node) end
  end

  -- Nobody adds to a group any more that is open still: half of it is not what was asked for, even if all of that half
  -- has succeeded.
  local function cut_off(flow, name, node)
    settle_node(flow, name, node, 'cancelled')
    seal(flow, name, node)
  end

  local function start_group(flow, name, node, source)
    if group_of(flow, name)['in'] then return end
    set_group(flow, name, 'in', source)
    if is_open(flow, name, node) and stopped(flow, node) then
      cut_off(flow, name, node)
    elseif is_open(flow, name, node) then
      enter_live(flow, name)
      call('ZADD', PREFIX .. 'deadlines', int(at + FEED_WITHIN), 'feed ' .. flow.id .. ' ' .. name)
    end
    judge(flow, name, node)  -- an empty one is final at once
    push(flow, 'pump', name)
  end

  -- The turn of a node has come that was cancelled before it. Answers how it ends: of what was before it, if it would
  -- not have started anyway.
  local function come_too_late(flow, name, node, how, a, b, c)
    local fate = how == 'no' and table.concat({'cancelled', a, b, c}, ' ') or with_order(flow, name, node, 'cancelled')
    call('HSET', key('fates', flow.id), name, fate)
    if how == 'ok' then
      if not flow.ended and not stopped(flow, node) then call('RPUSH', key('culprits', flow.id), name) end
      start_links(flow, name, node, fate)
    end
    return fate
  end

  -- The turn of a node has come: it starts, or is passed over.
  function steps.arrive(flow, name, how, a, b, c)
    local node = node_of(flow, name)
    if not node then return end
    local fate = fate_of(flow, name)
    if fate and fate ~= AHEAD then return pass_on(flow, name, node, fate) end
    if node.ha and how == 'ok' then
      if fate then call('HDEL', key('fates', flow.id), name) end
      return settle_node(flow, name, node, 'unneeded ' .. a)
    end
    local outcome, reason, order, culprit = stopped(flow, node)
    local called = node.ha and how == 'no' and a ~= 'stopped'
    if called and not outcome and not is_passed_over(flow, node) then how, a = 'ok', 'e:' .. b end
    if fate then return pass_on(flow, name, node, come_too_late(flow, name, node, how, a, b, c)) end
    if how == 'no' then
      settle_node(flow, name, node, pass_over(flow, name, node, a, b, c))
      return 2  -- of a call as much as two others: its end is written besides
    end
    if node.g then return start_group(flow, name, node, a) end
    if not outcome then return start_job(flow, name, node, a) end
    write_off(flow, name, node, outcome, reason, order, culprit)
    settle_node(flow, name, node, outcome)
  end

  -- A node comes after one that was cancelled before its turn: that it will not start is known by now, but what comes
  -- after all that waits for its turn.
  function steps.foresee(flow, name, why, from, culprit)
    local node = node_of(flow, name)
    if not node or node.ha or fate_of(flow, name) then return end
    set_fate(flow, name, node, pass_over(flow, name, node, why, from, culprit))
    if node.nx then push(flow, 'foresee', node.nx, why, from, culprit) end
  end

  -- Release the next members of a group, as many as may be under way.
  function steps.pump(flow, name, room)
    local node, group = node_of(flow, name), group_of(flow, name)
    if not group['in'] and not group.no then return end
    local from, to = tonumber(group.cur or '0'), size_of(flow, name, node)
    if node.g.mp and not group.no and not stopped(flow, {wi = name}) then
      to = math.min(to, call('SCARD', part('done', flow, name)) + node.g.mp)
    end
    local most = math.min(to - from, math.max(1, room))
    if most <= 0 then return end
    local places = {}
    for place = 1, most do places[place] = name .. ' ' .. int(from + place - 1) end
    set_group(flow, name, 'cur', int(from + most))
    local words = group.no and words_of(group.no)
    for _, head in ipairs(call('HMGET', key('nodes', flow.id), unpack(places))) do
      if head and words then
        push(flow, 'arrive', head, 'no', words[1], words[2], words[3])
      elseif head then
        push(flow, 'arrive', head, 'ok', group['in'])
      end
    end
    if from + most < to then push(flow, 'pump', name) end
  end

  w.FEED_WITHIN, w.write_off, w.seal, w.cut_off = FEED_WITHIN, write_off, seal, cut_off
end
