-- How workflows go on: the walk through the steps of a call, and through those that were kept for another one.
-- uses  _ending _workflow_course _workflow_records _workflow_secrets

workflow_parts[#workflow_parts + 1] = function(w)
  local flows, steps, removals, flow_of, carefully = w.flows, w.steps, w.removals, w.flow_of, w.carefully
  local words_of, close = w.words_of, w.close
  local COSTS = {stop = 50, erase = 50, hush = 50, abandon = 50, discard = 50, reset = 10}  -- of steps that go through so many nodes
  local STEPS_AT_ONCE = 200
  local met = {}  -- workflows of which steps were taken

  -- One step, which may let as many others follow in this call as there is room for. Answers how much of a call it is.
  local function take_step(id, what, room, ...)
    if removals[what] then
      removals[what](id, ...)
      return COSTS[what]
    end
    local flow, cost = flow_of(id), nil
    if flow then
      met[id] = flow
      if what == 'pump' then
        carefully(flow, steps.pump, ..., room)
      else
        cost = carefully(flow, steps[what], ...)
      end
    end
    return cost or COSTS[what] or 1
  end

  -- A step is left for `follow`.
  local function keep(step)
    local id, what = step[1], step[2]
    if flows[id] == false and not removals[what] then return end
    if type(redis.pcall('RPUSH', key('steps', id), table.concat(step, ' ', 2))) ~= 'number' then return w.abandon(id) end
    call('SADD', PREFIX .. 'unstepped', id)
  end

  -- Take the steps of this call, `most` of them, then end the workflows in which nothing is under way; the others stay
  -- for `follow`, and so do those that cannot be taken for what somebody has put there. Answers how many more might have
  -- been taken.
  function w.walk(most)
    local place, queue, left = 1, endings.steps, {}
    most = math.min(most, STEPS_AT_ONCE)
    while queue[place] and most > 0 do
      local room = most - 1 - (#queue - place)  -- besides this one and those that stand behind it
      local taken, cost = endings.attempt(take_step, queue[place][1], queue[place][2], room, unpack(queue[place], 3))
      if not taken then left[#left + 1] = queue[place] end
      most, place = most - (taken and cost or 1), place + 1
    end
    for at = place, #queue do left[#left + 1] = queue[at] end
    for _, step in ipairs(left) do endings.attempt(keep, step) end
    endings.steps = {}
    for id, flow in pairs(met) do
      if flows[id] then endings.attempt(carefully, flow, close) end
    end
    announce('submit', w.released)
    met, w.released = {}, {}
    return most
  end

  -- Take up steps of a workflow that were kept, `most` of them. Answers how many. Each call that adds to a group leaves
  -- a pump, and one of them does what all would do.
  local function take_up(id, most)
    local kept, pumps = redis.pcall('LPOP', key('steps', id), most), {}
    if kept and kept.err then
      w.abandon(id)
      return 0
    end
    for _, text in ipairs(kept or {}) do
      local words = words_of(text)
      if words[1] ~= 'pump' or not pumps[words[2]] then endings.steps[#endings.steps + 1] = {id, unpack(words)} end
      if words[1] == 'pump' then pumps[words[2]] = true end
    end
    if call('EXISTS', key('steps', id)) == 0 then call('SREM', PREFIX .. 'unstepped', id) end
    return #(kept or {})
  end

  -- Take up those of several workflows, as many as one call takes.
  function w.take_up(ids)
    local taken = 0
    for _, id in ipairs(ids) do
      local done, count = true, 0
      if taken < STEPS_AT_ONCE then done, count = endings.attempt(take_up, id, STEPS_AT_ONCE - taken) end
      taken = taken + (done and count or 0)
    end
    return taken
  end
end
