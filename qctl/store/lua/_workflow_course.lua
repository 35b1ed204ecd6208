-- The course of a whole workflow: how it begins, its jobs end, it is stopped or runs out of time, and ends; and what
-- comes after it.
-- uses  _cancelling _ending _notices _workflow_records _workflow_starts

workflow_parts[#workflow_parts + 1] = function(w)
  local at, steps = w.at, w.steps
  local words_of, push, node_of, fate_of, stopped = w.words_of, w.push, w.node_of, w.fate_of, w.stopped
  local settle_node, write_off, cut_off, flow_of, is_open, AHEAD = w.settle_node, w.write_off, w.cut_off, w.flow_of, w.is_open, w.AHEAD
  local MOST_AFTERWARDS = 1000  -- failed nodes for each of which `on_error` starts

  -- Whether a job was under way when its workflow ran into its time limit: such a one has failed, too.
  local function is_overtaken(flow, name)
    if flow.job.cx or not flow.job.to then return false end
    local _, job = read_job(flow.id .. '.' .. name)
    return job.n ~= nil
  end

  -- The job of a node has ended.
  function steps.final(flow, name, outcome, reason)
    local node = node_of(flow, name)
    if not node then return end
    local fate = fate_of(flow, name)
    if not call('ZSCORE', key('live', flow.id), name) then  -- run again by itself
      if outcome == 'succeeded' and (flow.ended or not fate) then call('HSET', key('fates', flow.id), name, outcome) end
      return
    end
    if fate then return end
    local bad = not flow.ended and outcome ~= 'succeeded' and outcome ~= 'skipped'
    if bad and (not stopped(flow, node) or is_overtaken(flow, name)) then
      call('RPUSH', key('culprits', flow.id), name)
    end
    settle_node(flow, name, node, outcome == 'skipped' and 'skipped ' .. reason .. ' ' .. name .. ' ' .. name or outcome)
  end

  -- A schedule's occurrence has started when its workflow has, whatever its nodes wait for.
  function steps.begin(flow)
    if flow.job.sd then tell_start(flow.id, flow.job, at) end
    steps.start(flow)
  end

  function steps.start(flow)
    local plan = flow.plan
    call('ZADD', PREFIX .. 'workflows', int(next_place()), flow.id)
    if plan.to then call('ZADD', PREFIX .. 'deadlines', int(at + plan.to), 'timeout ' .. flow.id) end
    if plan.f ~= '' then push(flow, 'arrive', plan.f, 'ok', '-') end
  end

  -- Cancel what is live, of a whole workflow or within a group, from a place on.
  function steps.stop(flow, from, within)
    local found = call('ZRANGEBYSCORE', key('live', flow.id), '(' .. from, '+inf', 'WITHSCORES', 'LIMIT', 0, 50)
    for place = 1, #found, 2 do
      local name = found[place]
      local node = node_of(flow, name)
      local outer = node and node.wi
      while within and outer and outer ~= within do outer = (node_of(flow, outer) or {}).wi end
      if node and (not within or outer == within) then
        local _, _, order = stopped(flow, node)
        if node.j then
          cancel_one(flow.id .. '.' .. name, order or cjson.encode({reason = 'its workflow ran into its time limit'}), false, at)
        else
          cut_off(flow, name, node)
        end
      end
    end
    if #found == 100 then push(flow, 'stop', found[#found], within) end  -- with their scores
  end

  local function outcome_of(flow)
    local last, order = flow.plan.l, flow.job
    local words = words_of(last == '' and 'succeeded' or fate_of(flow, last) or 'failed')
    local node, culprit = node_of(flow, last) or {}, words[4] or last
    local tolerated = node.tl and (words[3] or last) == last and not words[5]
    if words[1] == 'succeeded' or words[1] == 'unneeded' or tolerated then return 'succeeded', '' end
    if order.cx then return 'cancelled', 'by_user' end
    if order.to then return 'timeout', 'timeout' end
    local _, job = read_job(flow.id .. '.' .. culprit)
    return job.oc or words_of(fate_of(flow, culprit) or 'lost')[1], job.rs or 'worker_lost', culprit
  end

  -- What starts when a workflow has ended: who cancels one, or lets it wait until it is too late, knows that he does.
  local function start_afterwards(flow, outcome)
    local plan, failed = flow.plan, {}
    if outcome == 'succeeded' then
      for _, head in ipairs(plan.os or {}) do push(flow, 'arrive', head, 'ok', plan.l == '' and '-' or 'v:' .. plan.l) end
      return
    end
    if flow.job.cx or outcome == 'skipped' then
      call('HDEL', key('secrets', flow.id), 'on_error', 'on_success')
      return
    end
    if plan.ee then failed = call('LRANGE', key('culprits', flow.id), 0, MOST_AFTERWARDS - 1) end
    for _, head in ipairs(plan.oe or {}) do
      if #failed == 0 then push(flow, 'arrive', head, 'ok', 'f') end
      for place, name in ipairs(failed) do push(flow, 'arrive', head .. '-' .. place, 'ok', 'e:' .. name) end
      if plan.ee then push(flow, 'forget_secret', head) end
    end
  end

  -- End a workflow in which nothing is under way any more, and start what comes after it, whatever stands in the places
  -- where it is listed.
  function w.close(flow)
    local id = flow.id
    if flow.ended or call('EXISTS', key('live', id)) == 1 then return end
    if call('EXISTS', key('steps', id)) == 1 then return call('SADD', PREFIX .. 'unstepped', id) end
    local job = live_job(id)
    if not job or job.s ~= 'running' then return end
    flow.job = job
    local outcome, reason, culprit = outcome_of(flow)
    local failures = call('LLEN', key('culprits', id))
    local more = failures > 0 and {'nf', int(failures)} or {}
    if culprit then more[#more + 1], more[#more + 2] = 'up', id .. '.' .. culprit end
    local finished, why = pcall(finish, id, job, outcome, reason, at, more)
    flow.ended = true
    redis.pcall('ZREM', PREFIX .. 'workflows', id)
    if flow.plan.to then redis.pcall('ZREM', PREFIX .. 'deadlines', 'timeout ' .. id) end
    start_afterwards(flow, outcome)
    if not finished then error(why, 0) end
  end

  -- A time limit is over: that of a workflow, or of who adds to a group: `feed` of anybody, `fed` of one who told that
  -- it is there.
  local function run_out(id, group, kind)
    local flow = flow_of(id)
    if not flow or flow.ended or stopped(flow) or group and fate_of(flow, group) then return end
    local field, order = 'to', '1'
    if group then
      local node = node_of(flow, group)
      if kind == 'fed' and not (node and node.g and is_open(flow, group, node)) then return end
      local why = kind == 'fed' and 'who added members to group ' .. group .. ' is gone' or
        'nobody added to group ' .. group .. ' for a day'
      field, order = 'cx', cjson.encode({reason = why})
    end
    call('HSET', job_key(id), field, order)
    flow.job[field] = order
    push(flow, 'stop', '0')
  end

  -- Time limits that are over, some of them.
  function w.expire()
    for _, text in ipairs(call('ZRANGEBYSCORE', PREFIX .. 'deadlines', '-inf', int(at), 'LIMIT', 0, 20)) do
      local kind, id, group = string.match(text, '^(%S+) (%S+) ?(%S*)$')
      call('ZREM', PREFIX .. 'deadlines', text)
      run_out(id, group ~= '' and group or nil, kind)
    end
  end

  -- Cancel a node that has not been released. True if there is one. What comes after it waits for its turn.
  local function drop(flow, name, order)
    local node = not flow.ended and node_of(flow, name)
    if not node or not node.j or fate_of(flow, name) then return false end
    if flow.plan.ee and name == flow.plan.oe[1] then return false end  -- only copies of it run
    write_off(flow, name, node, 'cancelled', 'by_user', order)
    call('HSET', key('fates', flow.id), name, AHEAD)
    if node.nx and not node.tl and not node.ha then push(flow, 'foresee', node.nx, 'upstream_cancelled', name, name) end
    return true
  end

  w.MOST_AFTERWARDS, w.drop = MOST_AFTERWARDS, drop
end
