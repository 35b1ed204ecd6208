-- Rules: what a task or a queue may at most. `rules` holds, by 'task:<task>' or 'queue:<queue>', the lowest of what live
-- workers declare, as JSON {running, starts, window, length, locks}; of 'lost:<task>' see `reclaim`, of 'notify:<task>'
-- `_notices`.

local RULES = PREFIX .. 'rules'
local rule_of, merge_rules, shared_queue
do
  local known_rules = {}
  function rule_of(scope)
    local rule = known_rules[scope]
    if rule == nil then
      local text = call('HGET', RULES, scope)
      rule = text and cjson.decode(text) or false
      known_rules[scope] = rule
    end
    return rule
  end

  -- Of two rules for the same thing the lower one holds, number by number; of locks, both.
  local function lower(one, other)
    if not one then return other end
    for _, name in ipairs({'running', 'length', 'losses'}) do
      if one[name] and other[name] then one[name] = math.min(one[name], other[name]) end
      one[name] = one[name] or other[name]
    end
    if other.starts and (not one.starts or other.starts / other.window < one.starts / one.window) then
      one.starts, one.window = other.starts, other.window
    end
    for name, how in pairs(other.tell or {}) do
      one.tell = one.tell or {}
      one.tell[name] = one.tell[name] or how
    end
    for _, lock in ipairs(other.locks or {}) do
      one.locks = one.locks or {}
      local known = false
      for _, name in ipairs(one.locks) do known = known or name == lock end
      if not known then one.locks[#one.locks + 1] = lock end
    end
    return one
  end

  -- Make the rules anew from what live workers declare; where nobody lives, those of the last one stay. Whoever is parked
  -- is looked at again.
  function merge_rules()
    local workers, merged, seen = call('ZRANGE', PREFIX .. 'workers', 0, 999), {}, {}
    if #workers == 0 then return end
    for _, worker in ipairs(workers) do
      local text = call('HGET', key('worker', worker), 'rules')
      if text and not seen[text] then
        seen[text] = true
        for scope, rule in pairs(cjson.decode(text)) do merged[scope] = lower(merged[scope], rule) end
      end
    end
    call('DEL', RULES)
    known_rules = {}
    for scope, rule in pairs(merged) do call('HSET', RULES, scope, cjson.encode(rule)) end
    for _, limit in ipairs(call('ZRANGE', PREFIX .. 'thaw', 0, 999)) do call('ZADD', PREFIX .. 'thaw', '0', limit) end
  end

  -- The queue of which `queue@host` is a part: its limits and pauses hold for all its parts together.
  function shared_queue(name) return string.match(name, '^[^@]*') end
end
