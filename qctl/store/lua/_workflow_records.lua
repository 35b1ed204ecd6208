-- What is kept of a workflow, read and written one thing at a time; nothing goes on by it.
--
-- A workflow is a job that has `w` and runs without an owner as long as its nodes do. Its keys go with its record:
--   nodes:<wf>   hash: `plan` the plan's terms; by name a node, as JSON, a line's end and the body of its job; by
--                `<group> <position>` the first node of a member, and with `t ` before it its last, if that is another;
--                `secrets` if any of them has secret values; `foreign` if an upload found the id of one taken
--   fates:<wf>   hash: by name how a node ended, in words: an outcome; of one that did not come to its own end then why
--                others do not start, where that comes from (a node), and the job that failed first, and `ordered` if
--                that was by an order to the workflow, or its group; `cancelled ahead` of one that was cancelled before
--                its turn, until that has come; or `unneeded` and the source that it passes on; of a group of which one
--                member is enough `succeeded` and its source
--   flow:<wf>    hash: of each group that was released, by `<word> <group>`: in (its source), cur (the position of the
--                next member to be released), n (members, if some were added), no (of a skipped one: why), ff (the order
--                by which it was cancelled), sealed; by `token <token>` calls that were carried out; `secret` if secret
--                values have gone that a retry needs
--   live:<wf>    zset: what was released and is not final: jobs, and groups that are still open
--   done:<wf>.<group>  set: positions of members that are final    failed:<wf>.<group>  hash: those of them that failed
--   culprits:<wf>  list: jobs that did not succeed by themselves, the first one first
--   steps:<wf>   list: steps that were too many for a call; `unstepped` names the workflows that have some
--   secrets:<wf>  hash: by name the secret values of nodes whose turn has not come
--   discarded:<wf>:<number>  a set or a hash that was one of these, and goes by and by; its steps are its own
-- A step is {workflow, what, words...}; `-` is an empty word. What a node passes on is `ok` and a source, or `no`, why
-- others do not start, the node where that comes from, and the job that failed first.
-- uses  _ending _limits

-- Whatever knows of workflows is in parts. Each is called once with the table that all of them share, when the first
-- workflow is met in a call, so that plain jobs do not pay for them; it finds there what the parts before it know.
local workflow_parts = {}
local workflows_at
do
  local workflows
  function workflows_at(now)
    if not workflows then
      workflows = {at = now, flows = {}, steps = {}, removals = {}}
      for _, part in ipairs(workflow_parts) do part(workflows) end
    end
    return workflows
  end
end

workflow_parts[#workflow_parts + 1] = function(w)
  local at, flows = w.at, w.flows

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

  local TYPES = {nodes = 'hash', fates = 'hash', flow = 'hash', secrets = 'hash', live = 'zset', culprits = 'list', steps = 'list'}
  local GROUPS_AT_ONCE = 500

  -- Take out what somebody has put in the place of something that is kept of a workflow. Answers whether there was any.
  local function take_out_foreign(id, groups)
    local found = false
    local function look(name, due)
      local kind = call('TYPE', name).ok
      if kind ~= due and kind ~= 'none' then
        call('DEL', name)
        found = true
      end
    end
    for kind, due in pairs(TYPES) do look(key(kind, id), due) end
    for place = 1, math.min(groups or 0, GROUPS_AT_ONCE) do
      look(key('done', id .. '.g' .. int(place)), 'set')
      look(key('failed', id .. '.g' .. int(place)), 'hash')
    end
    return found
  end

  -- A workflow of which something cannot be read ends as lost, if it has not ended.
  local function abandon(id)
    local kind, job = read_job(id)
    take_out_foreign(id)
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
    local plan = job.w and read_plan(redis.pcall('HGET', key('nodes', id), 'plan') or nil)
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

  -- Do something with a workflow. If it has a node that nobody can read, or somebody has put something else in the place of
  -- what is kept of it, it is lost, and the answer is nil.
  local function carefully(flow, act, ...)
    local answers = {pcall(act, flow, ...)}
    if answers[1] then return unpack(answers, 2) end
    if answers[2] ~= UNREADABLE and not take_out_foreign(flow.id, flow.plan.groups) then error(answers[2], 0) end
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

  w.words_of, w.push, w.read_plan, w.flow_of, w.carefully, w.node_of = words_of, push, read_plan, flow_of, carefully, node_of
  w.fate_of, w.group_of, w.set_group, w.size_of, w.is_open, w.part = fate_of, group_of, set_group, size_of, is_open, part
  w.stopped, w.names_from, w.take_out_foreign, w.abandon = stopped, names_from, take_out_foreign, abandon
end
