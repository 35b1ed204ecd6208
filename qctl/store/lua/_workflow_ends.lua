-- How a node of a workflow ends, and a group by the ends of its members, and what follows from that.
-- uses  _workflow_records

workflow_parts[#workflow_parts + 1] = function(w)
  local words_of, push, node_of, fate_of, stopped = w.words_of, w.push, w.node_of, w.fate_of, w.stopped
  local group_of, set_group, size_of, is_open, part = w.group_of, w.set_group, w.size_of, w.is_open, w.part
  local OUTCOMES = {cancelled = 'upstream_cancelled'}
  local AHEAD = 'cancelled ahead'

  local end_group

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

  w.AHEAD, w.judge, w.start_links, w.with_order, w.set_fate = AHEAD, judge, start_links, with_order, set_fate
  w.pass_on, w.settle_node, w.is_settled = pass_on, settle_node, is_settled
end
