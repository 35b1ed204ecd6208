-- Workflows: how the end of one node releases others; put after the ends of jobs and their limits.
--
-- A workflow is a job that has `w` and runs without an owner as long as its nodes do. Its keys go with its record:
--   nodes:<wf>   hash: `plan` the plan's terms; by name a node, as JSON, a line's end and the body of its job; by
--                `<group> <position>` the first node of a member, and with `t ` before it its last, if that is another;
--                `secrets` if any of them has secret values; `foreign` if an upload found the id of one taken
--   fates:<wf>   hash: by name how a node ended, in words: an outcome; of one that did not come to its own end then why
--                others do not start, where that comes from (a node), and the job that failed first, and `ordered` if
--                that was by an order to the workflow, or its group; `cancelled ahead` of one that was cancelled before
--                its turn, until that has come; or `unneeded` and the source that it passes on; of a group of which one member is enough `succeeded` and its source
--   flow:<wf>    hash: of each group that was released, by `<word> <group>`: in (its source), cur (the position of the
--                next member to be released), n (members, if some were added), no (of a skipped one: why), ff (the order
--                by which it was cancelled), sealed; by `token <token>` calls that were carried out; `secret` if secret
--                values have gone that a retry needs
--   live:<wf>    zset: what was released and is not final: jobs, and groups that are still open
--   done:<wf>.<group>  set: positions of members that are final    failed:<wf>.<group>  hash: those of them that failed
--   culprits:<wf>  list: jobs that did not succeed by themselves, the first one first
--   steps:<wf>   list: steps that were too many for a call; `unstepped` names the workflows that have some
-- A step is {workflow, what, words...}; `-` is an empty word. What a node passes on is `ok` and a source, or `no`, why
-- others do not start, the node where that comes from, and the job that failed first.

local function open_workflows(at)
  local FEED_WITHIN = 86400000   -- ms; an open group that nobody adds to for so long is given up
  local MOST_AFTERWARDS = 1000   -- failed nodes for each of which `on_error` starts
  local flows, released = {}, {}
  local KEPT = {at = true, f = true, n = true, l = true}  -- of a job that starts once more, with its attempts
  local COSTS = {stop = 50, erase = 50, hush = 50, abandon = 50, reset = 10}  -- steps that go through so many nodes; others say how many
  local OUTCOMES = {cancelled = 'upstream_cancelled'}
  local AHEAD = 'cancelled ahead'

  local function words_of(text)
    local words = {}
    for each in string.gmatch(text, '%S+') do words[#words + 1] = each end
    return words
  end

  local function push(flow, ...) endings.steps[#endings.steps + 1] = {flow.id, ...} end

  local function read_plan(text)
    local readable, plan = pcall(cjson.decode, text or '')
    return readable and type(plan) == 'table' and type(plan.f) == 'string' and type(plan.l) == 'string' and plan or nil
  end

  -- A workflow of which something cannot be read ends as lost, if it has not ended.
  local function abandon(id)
    local kind, job = read_job(id)
    flows[id] = false
    if kind == 'hash' and job.w then
      leave_queue(id, job)
      finish(id, job, 'lost', 'not_started', at, {})
    end
    give_workflow_up(id)
  end

  -- A workflow that runs or has ended, or nil. What is read of it is kept for this call.
  local function flow_of(id)
    if flows[id] ~= nil then return flows[id] or nil end
    local kind, job = read_job(id)
    local plan = job.w and read_plan(call('HGET', key('nodes', id), 'plan') or nil)
    flows[id] = plan and {id = id, job = job, ended = kind == 'string', plan = plan, nodes = {}, groups = {}} or false
    if kind == 'broken' or kind == 'none' and call('EXISTS', key('live', id)) == 1 then
      set_aside(id)
    elseif job.w and not plan then
      abandon(id)
    end
    return flows[id] or nil
  end

  -- What is raised by who meets a node that nobody can read.
  local UNREADABLE = {}

  -- Do something with a workflow. If it has a node that nobody can read, it is lost, and the answer is nil.
  local function carefully(flow, act, ...)
    local answers = {pcall(act, flow, ...)}
    if answers[1] then return unpack(answers, 2) end
    if answers[2] ~= UNREADABLE then error(answers[2], 0) end
    abandon(flow.id)
  end

  local function read_node(text)
    local stop = string.find(text, '\n', 1, true)
    local readable, node = pcall(cjson.decode, stop and string.sub(text, 1, stop - 1) or '')
    local terms = readable and type(node) == 'table' and (node.j or node.g)
    if type(terms) ~= 'table' or not (node.j and terms.t and terms.q and terms.p or node.g and terms.n and terms.po) then
      error(UNREADABLE)
    end
    node.body = string.sub(text, stop + 1)
    return node
  end

  -- Copies of one node are named `<name>-<number>`; what comes after them is numbered likewise.
  local function node_of(flow, name)
    local node = flow.nodes[name]
    if node ~= nil then return node or nil end
    if not string.find(name, '^g?%d+[%d-]*$') and not string.find(name, '^on_%a+[%d-]*$') then return nil end
    local text, copy = call('HGET', key('nodes', flow.id), name), ''
    if not text then
      local base, number = string.match(name, '^(.+)(%-%d+)$')
      text, copy = base and call('HGET', key('nodes', flow.id), base), number
    end
    if text then
      node = read_node(text)
      if node.nx then node.nx = node.nx .. copy end
    end
    flow.nodes[name] = node or false
    return node
  end

  local function fate_of(flow, name) return call('HGET', key('fates', flow.id), name) end

  local GROUP = {'in', 'cur', 'n', 'no', 'ff', 'sealed'}
  local function group_of(flow, name)
    local group = flow.groups[name]
    if not group then
      local fields = {}
      for place, word in ipairs(GROUP) do fields[place] = word .. ' ' .. name end
      local said = call('HMGET', key('flow', flow.id), unpack(fields))
      group = {}
      for place, word in ipairs(GROUP) do group[word] = said[place] or nil end
      flow.groups[name] = group
    end
    return group
  end
  local function set_group(flow, name, word, value)
    call('HSET', key('flow', flow.id), word .. ' ' .. name, value)
    group_of(flow, name)[word] = value
  end

  local function size_of(flow, name, node) return tonumber(group_of(flow, name).n or node.g.n) end
  local function is_open(flow, name, node) return node.g.op and not group_of(flow, name).sealed end
  local function part(kind, flow, name) return key(kind, flow.id .. '.' .. name) end

  -- Why nothing starts any more in a workflow, or in a group of it that a node is in: outcome, reason, order and, of a
  -- group, which job failed. Nil: nothing stands in the way. What comes after a workflow's end starts nevertheless.
  local function stopped(flow, node)
    if flow.ended then return nil end
    if flow.job.cx then return 'cancelled', 'by_user', flow.job.cx end
    if flow.job.to then return 'timeout', 'timeout' end
    local within = node and node.wi
    while within do
      local order = group_of(flow, within).ff
      if order then return 'cancelled', 'upstream_failed', order, call('HGET', part('failed', flow, within), 'first') end
      within = (node_of(flow, within) or {}).wi
    end
  end

  local arrive, end_group

  -- Whether a group is final, by those of its members that are. Answers whether it can only fail by now.
  local function judge(flow, name, node)
    local terms, done = node.g, call('SCARD', part('done', flow, name))
    local failures = math.max(0, call('HLEN', part('failed', flow, name)) - 1)  -- without `first`
    local all = not is_open(flow, name, node) and done >= size_of(flow, name, node)
    local doomed = terms.po == 'all' and failures > (terms.mf or 0) or terms.po == 'any' and all and failures > 0 and failures >= done
    -- Half of a group is not what was asked for, even if it may do without some: these were not given their chance.
    local cut = all and failures > 0 and terms.po ~= 'any' and stopped(flow, node)
    if cut or doomed and all then
      end_group(flow, name, node, 'no')
    elseif all and not doomed then
      end_group(flow, name, node, 'succeeded')
    end
    return doomed
  end

  -- A member of a group is final.
  local function end_member(flow, name, position, how, a, b, c)
    if call('SADD', part('done', flow, name), position) == 0 then return end
    local node, group = node_of(flow, name), group_of(flow, name)
    local terms = node.g
    if how == 'no' then
      call('HSETNX', part('failed', flow, name), 'first', c)
      call('HSET', part('failed', flow, name), position, c)
    elseif terms.po == 'any' then
      end_group(flow, name, node, 'succeeded ' .. a)
    end
    local doomed = judge(flow, name, node)
    if terms.ff and how == 'no' and not group.ff and terms.po ~= 'any' and (doomed or terms.po == 'settled') then
      set_group(flow, name, 'ff', cjson.encode({reason = c .. ' failed, and its group is to fail fast'}))
      push(flow, 'stop', '0', name)
    end
    if terms.mp and tonumber(group.cur or '0') < size_of(flow, name, node) then push(flow, 'pump', name) end
  end

  -- A node is final: what follows goes on.
  local function pass_on(flow, name, node, fate)
    local outcome, a, b, c = unpack(words_of(fate))
    local how = 'no'
    if outcome == 'succeeded' then
      how, a = 'ok', 'v:' .. name
    elseif outcome == 'unneeded' then
      how, a = 'ok', a or '-'
    else
      a, b, c = a or OUTCOMES[outcome] or 'upstream_failed', b or name, c or name
      if node.tl and b == name and not stopped(flow, node) then how, a = 'ok', 'n' end
    end
    if node.nx then
      push(flow, 'arrive', node.nx, how, a, b, c)
    elseif node.wi then
      end_member(flow, node.wi, node.po, how, a, b, c)
    end
  end

  -- Start the side branches of a node that has ended so.
  local function start_links(flow, name, node, fate)
    local succeeded = string.sub(fate, 1, 9) == 'succeeded'
    local links = succeeded and node.ln or not succeeded and node.el or nil
    -- What is cancelled with its group or workflow has no failure of its own to tell of.
    local own = not string.find(fate, '^skipped') and not string.find(fate, '^unneeded') and not string.find(fate, ' ordered$')
    if links and own and not stopped(flow, (node.g or not succeeded) and node or nil) then
      local source = (succeeded and 'v:' or 'e:') .. name
      for _, head in ipairs(links) do push(flow, 'arrive', head, 'ok', source) end
    end
  end

  -- How a node ended, and whether that was its own end: what was ordered runs again with its workflow.
  local function with_order(flow, name, node, fate)
    local words = words_of(fate)
    local outcome = words[1]
    if outcome == 'succeeded' or outcome == 'unneeded' or outcome == 'skipped' or not stopped(flow, node) then return fate end
    return table.concat({outcome, words[2] or OUTCOMES[outcome] or 'upstream_failed', words[3] or name, words[4] or name, 'ordered'}, ' ')
  end

  -- Keep how a node ended, once, and start the side branches that it names.
  local function set_fate(flow, name, node, fate)
    if call('HSETNX', key('fates', flow.id), name, with_order(flow, name, node, fate)) == 0 then return false end
    call('ZREM', key('live', flow.id), name)
    if node.g and node.g.op then call('ZREM', PREFIX .. 'deadlines', 'feed ' .. flow.id .. ' ' .. name) end
    start_links(flow, name, node, fate)
    return true
  end

  local function settle_node(flow, name, node, fate)
    if set_fate(flow, name, node, fate) then pass_on(flow, name, node, fate) end
  end

  -- `no`: a group that fails does so as the first of its members that did.
  function end_group(flow, name, node, fate)
    if fate == 'no' then
      local culprit = call('HGET', part('failed', flow, name), 'first')
      local words = words_of(fate_of(flow, culprit) or 'failed')
      local why = words[2] == 'stopped' and 'stopped' or OUTCOMES[words[1]] or 'upstream_failed'
      fate = table.concat({words[1], why, name, culprit}, ' ')
    end
    settle_node(flow, name, node, fate)
  end

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

  local function remove_ended(id)
    local kind, job = read_job(id)
    if kind ~= 'string' then return end
    erase_job(id, kind, job)
    call('ZREM', key('ended', job.t), id)
    call('ZREM', PREFIX .. 'unsuccessful', id)
    if call('EXISTS', key('ended', job.t)) == 0 then call('SREM', PREFIX .. 'tasks', job.t) end
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

  -- Of several copies of a node each has its secret values for itself.
  local function share_secret(flow, name)
    local base = string.match(name, '^(.+)%-%d+$')
    local kept = base and call('GET', key('secret', flow.id .. '.' .. base))
    if kept then call('SET', key('secret', flow.id .. '.' .. name), kept, 'PX', SECRET_TTL) end
  end

  local function enter_live(flow, name) call('ZADD', key('live', flow.id), int(call('INCR', PREFIX .. 'seq')), name) end

  local function start_job(flow, name, node, source)
    local id, terms = flow.id .. '.' .. name, node.j
    local kind, before = read_job(id)
    if kind == 'broken' then return end
    if kind == 'hash' then  -- somebody runs it again by itself: that is its run
      if not call('ZSCORE', key('live', flow.id), name) then enter_live(flow, name) end
      return
    end
    local job = row_of(flow, name, node, source)
    if kind == 'string' then take_up(id, job, before) end
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
    if terms.sk then share_secret(flow, name) end
    local fields = {}
    for field, value in pairs(job) do fields[#fields + 1], fields[#fields + 2] = field, value end
    enter_live(flow, name)
    enter(id, job, terms.d and at + terms.d or terms.du, at, owed, fields)
    released[#released + 1] = id
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

  local steps = {}

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
    if how == 'no' then return settle_node(flow, name, node, pass_over(flow, name, node, a, b, c)) end
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
    call('ZADD', PREFIX .. 'workflows', int(call('INCR', PREFIX .. 'seq')), flow.id)
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
    if flow.job.cx or outcome == 'skipped' then return end
    if plan.ee then failed = call('LRANGE', key('culprits', flow.id), 0, MOST_AFTERWARDS - 1) end
    for _, head in ipairs(plan.oe or {}) do
      if #failed == 0 then push(flow, 'arrive', head, 'ok', 'f') end
      for place, name in ipairs(failed) do push(flow, 'arrive', head .. '-' .. place, 'ok', 'e:' .. name) end
      if plan.ee then push(flow, 'forget_secret', head) end
    end
  end

  -- End a workflow in which nothing is under way any more, and start what comes after it.
  local function close(flow)
    local id = flow.id
    if flow.ended or call('EXISTS', key('live', id), key('steps', id)) > 0 then return end
    local job = live_job(id)
    if not job or job.s ~= 'running' then return end
    flow.job = job
    local outcome, reason, culprit = outcome_of(flow)
    local failures = call('LLEN', key('culprits', id))
    local more = failures > 0 and {'nf', int(failures)} or {}
    if culprit then more[#more + 1], more[#more + 2] = 'up', id .. '.' .. culprit end
    finish(id, job, outcome, reason, at, more)
    flow.ended = true
    call('ZREM', PREFIX .. 'workflows', id)
    if flow.plan.to then call('ZREM', PREFIX .. 'deadlines', 'timeout ' .. id) end
    start_afterwards(flow, outcome)
  end

  -- What a workflow is made of, about 50 names from a place on, and the place after them: its groups, then its jobs,
  -- then what was added.
  local function names_from(id, plan, from)
    local names, groups = {}, plan.groups or 0
    local declared = groups + (plan.jobs or 0)
    if from >= declared then
      local added = call('HGET', key('nodes', id), 'more ' .. int(from - declared + 1))
      return words_of(added or ''), from + 1
    end
    local to = math.min(from + 50, declared)
    for place = from + 1, to do names[#names + 1] = place <= groups and 'g' .. int(place) or int(place - groups) end
    return names, to
  end

  -- Whether a node that did not succeed stands in nobody's way: it was tolerated, whoever came after it or its group
  -- succeeded for all that, or its group stands in nobody's way.
  local function is_settled(flow, name, node, fate)
    if string.find(fate, '^succeeded') then return true end
    local words, next_one = words_of(fate), node.nx
    local own = words[1] ~= 'skipped' and fate ~= AHEAD and (words[3] or name) == name
    if node.tl and own and not words[5] then return true end
    for _ = 1, 100 do
      local follower = next_one and node_of(flow, next_one)
      local ending = follower and fate_of(flow, next_one) or ''
      if follower and follower.ha and string.find(ending, '^succeeded') then return true end
      if not follower or follower.ha or not string.find(ending, '^skipped') then break end
      next_one = follower.nx
    end
    local around = node.wi and fate_of(flow, node.wi)  -- none: it is forgotten by now
    return around and is_settled(flow, node.wi, node_of(flow, node.wi), around) or false
  end

  -- What comes after a workflow, and will not, or has: its secret values go. What has not come yet keeps them.
  local function hush_afterwards(flow)
    local outcome = flow.job.oc
    local next_one = outcome == 'succeeded' and 'on_success' or 'on_error'
    if not flow.job.sw or flow.job.cb or fate_of(flow, next_one) then next_one = nil end
    for _, name in ipairs({'on_error', 'on_success'}) do
      if name ~= next_one then call('DEL', key('secret', flow.id .. '.' .. name)) end
    end
  end

  function steps.forget_secret(flow, name) call('DEL', key('secret', flow.id .. '.' .. name)) end

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
        call('DEL', key('secret', flow.id .. '.' .. name))
        if would_run_again(flow, name, node) then lacks[1] = name end
      end
    end
    if lacks[1] then call('HSET', key('flow', flow.id), 'secret', lacks[1]) end
    push(flow, 'hush', int(to))
  end

  local function reset_group(flow, name)
    for _, word in ipairs({'in', 'cur', 'no', 'ff'}) do call('HDEL', key('flow', flow.id), word .. ' ' .. name) end
    call('UNLINK', part('done', flow, name), part('failed', flow, name))
    flow.groups[name] = nil
  end

  -- A job that did not start leaves no trace when it may start after all.
  local function remove_unrun(id)
    if call('TYPE', job_key(id)).ok == 'string' and not unpack_job(call('GET', job_key(id))).n then remove_ended(id) end
  end

  local function erase_keys(id)
    for _, kind in ipairs({'nodes', 'fates', 'flow', 'live', 'culprits', 'steps'}) do call('UNLINK', key(kind, id)) end
  end

  -- Remove what is kept of a workflow whose record is gone, from a place on; its jobs as well, or not.
  local function erase(id, from, jobs_too)
    local names, to = names_from(id, read_plan(call('HGET', key('nodes', id), 'plan') or nil) or {}, from)
    for _, name in ipairs(names) do
      local node = id .. '.' .. name
      if string.sub(name, 1, 1) == 'g' then call('UNLINK', key('done', node), key('failed', node)) end
      if jobs_too then remove_ended(node) end
    end
    if #names > 0 then
      endings.steps[#endings.steps + 1] = {id, 'erase', int(to), jobs_too}
      return
    end
    if jobs_too then
      for _, name in ipairs({'on_error', 'on_success'}) do remove_ended(id .. '.' .. name) end
      for place = 1, math.min(MOST_AFTERWARDS, call('LLEN', key('culprits', id))) do remove_ended(id .. '.on_error-' .. place) end
    end
    erase_keys(id)
  end

  -- End the jobs of a workflow that was given up, then erase its keys: of its groups those that it knows of.
  local function go_on_abandoning(id, from)
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

  -- Take the steps of this call, `most` of them, then end the workflows in which nothing is under way; the others stay
  -- for `follow`. Answers how many more might have been taken.
  local function walk(most)
    local place, met, queue = 1, {}, endings.steps
    while queue[place] and most > 0 do
      local id, what = queue[place][1], queue[place][2]
      local flow, cost = what ~= 'erase' and what ~= 'abandon' and flow_of(id), nil
      if what == 'erase' then
        erase(id, tonumber(queue[place][3]), queue[place][4])
      elseif what == 'abandon' then
        go_on_abandoning(id, queue[place][3])
      elseif flow then
        met[id] = flow
        if what == 'pump' then
          carefully(flow, steps.pump, queue[place][3], most)
        else
          cost = carefully(flow, steps[what], unpack(queue[place], 3))
        end
      end
      most, place = most - (cost or COSTS[what] or 1), place + 1
    end
    for left = place, #queue do
      local id, what = queue[left][1], queue[left][2]
      if flows[id] ~= false or what == 'erase' or what == 'abandon' then
        call('RPUSH', key('steps', id), table.concat(queue[left], ' ', 2))
        call('SADD', PREFIX .. 'unstepped', id)
      end
    end
    endings.steps = {}
    for id, flow in pairs(met) do
      if flows[id] then carefully(flow, close) end
    end
    announce('submit', released)
    released = {}
    return most
  end

  -- Go on with steps that were kept, `most` of them.
  local function resume(id, most)
    local kept = call('LPOP', key('steps', id), most)
    for _, text in ipairs(kept or {}) do
      local words = words_of(text)
      endings.steps[#endings.steps + 1] = {id, unpack(words)}
    end
    if call('EXISTS', key('steps', id)) == 0 then call('SREM', PREFIX .. 'unstepped', id) end
    return #(kept or {})
  end

  -- A time limit is over: that of a workflow, or of who adds to a group: `feed` of anybody, `fed` of one who told that
  -- it is there.
  local function expire(id, group, kind)
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

  -- Whether more members can be added to a group, and how many it has.
  local function group_state(flow, name)
    local node = node_of(flow, name)
    if not node or not node.g then return 'UNKNOWN' end
    if flow.ended or stopped(flow) or fate_of(flow, name) then return 'FINAL' end
    return 'OK', size_of(flow, name, node)
  end

  local function extend(flow, name, size, sealed)
    local node = node_of(flow, name)
    set_group(flow, name, 'n', int(size))
    if sealed then
      seal(flow, name, node)
    elseif is_open(flow, name, node) and group_of(flow, name)['in'] then
      call('ZADD', PREFIX .. 'deadlines', int(at + FEED_WITHIN), 'feed ' .. flow.id .. ' ' .. name)
    end
    push(flow, 'pump', name)
  end

  -- A workflow that may be known by now was told to end.
  local function obey(id, order)
    if flows[id] then flows[id].job.cx = order end
  end

  return {walk = walk, obey = obey, resume = resume, expire = expire, drop = drop, flow_of = flow_of, node_of = node_of,
    group_state = group_state, extend = extend, carefully = carefully}
end

-- The ways in: what verbs do with workflows.
do
  local STEPS_AT_ONCE = 200
  local workflows  -- made when one is met for the first time in a call, so that plain jobs do not pay for it
  local function at(now)
    workflows = workflows or open_workflows(now)
    return workflows
  end

  -- A workflow has ended: so do the secret values of its nodes.
  function endings.drop_secrets(id)
    if call('HEXISTS', key('nodes', id), 'secrets') == 1 then endings.steps[#endings.steps + 1] = {id, 'hush', '0'} end
  end

  function endings.erase(id, jobs_too) endings.steps[#endings.steps + 1] = {id, 'erase', '0', jobs_too and '1' or nil} end

  function endings.flow_of(id, now) return at(now).flow_of(id) end
  function endings.group_state(flow, name, now)
    local state, size = at(now).carefully(flow, at(now).group_state, name)
    return state or 'UNKNOWN', size
  end
  function endings.extend(flow, name, size, sealed, now) at(now).carefully(flow, at(now).extend, name, size, sealed) end
  function endings.group_around(flow, name, now) return (at(now).carefully(flow, at(now).node_of, name) or {}).wi end

  function endings.obey(id, order)
    if workflows then workflows.obey(id, order) end
  end

  function endings.step(now, most) return at(now).walk(math.min(most, STEPS_AT_ONCE)) end

  -- Cancel a node that has not been released. True if there is one.
  function endings.drop(id, order, now)
    local workflow, name = node_parts(id)
    -- Copies come into being by their release alone.
    local flow = workflow and call('HEXISTS', key('nodes', workflow), name) == 1 and at(now).flow_of(workflow)
    return flow and at(now).carefully(flow, at(now).drop, name, order)
  end

  -- For `promote`: time limits that are over, some of them.
  function endings.expire(now)
    for _, text in ipairs(call('ZRANGEBYSCORE', PREFIX .. 'deadlines', '-inf', int(now), 'LIMIT', 0, 20)) do
      local kind, id, group = string.match(text, '^(%S+) (%S+) ?(%S*)$')
      call('ZREM', PREFIX .. 'deadlines', text)
      at(now).expire(id, group ~= '' and group or nil, kind)
    end
  end

  -- For `follow`: steps of these workflows that were kept, as many as one call takes.
  function endings.resume(ids, now)
    local walked = 0
    for _, id in ipairs(ids) do
      if walked < STEPS_AT_ONCE then walked = walked + at(now).resume(id, STEPS_AT_ONCE - walked) end
    end
    return walked
  end
end
