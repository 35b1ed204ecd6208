-- Groups of a workflow that are added to while it runs.
-- uses  _workflow_records _workflow_starts

workflow_parts[#workflow_parts + 1] = function(w)
  local push, node_of, fate_of, stopped = w.push, w.node_of, w.fate_of, w.stopped
  local group_of, set_group, size_of, is_open, seal = w.group_of, w.set_group, w.size_of, w.is_open, w.seal
  local at, FEED_WITHIN = w.at, w.FEED_WITHIN

  -- Whether more members can be added to a group, and how many it has.
  function w.group_state(flow, name)
    local node = node_of(flow, name)
    if not node or not node.g then return 'UNKNOWN' end
    if flow.ended or stopped(flow) or fate_of(flow, name) then return 'FINAL' end
    return 'OK', size_of(flow, name, node)
  end

  function w.extend(flow, name, size, sealed)
    local node = node_of(flow, name)
    set_group(flow, name, 'n', int(size))
    if sealed then
      seal(flow, name, node)
    elseif is_open(flow, name, node) and group_of(flow, name)['in'] then
      call('ZADD', PREFIX .. 'deadlines', int(at + FEED_WITHIN), 'feed ' .. flow.id .. ' ' .. name)
    end
    push(flow, 'pump', name)
  end
end
