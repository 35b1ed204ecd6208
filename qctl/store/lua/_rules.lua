-- Rules: what a task or a queue may at most. `rules` holds, by 'task:<task>' or 'queue:<queue>', the lowest of what live
-- workers declare, as JSON {running, starts, window, length, locks}; of 'lost:<task>' see `reclaim`, of 'notify:<task>'
-- `_notices`.

local RULES = PREFIX .. 'rules'
local rule_of, change_rules, shared_queue
do
  local NO_RULES = '{}'
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

  -- Make the rules anew from what live workers declare. Whoever is parked is looked at again.
  local function merge_rules(texts)
    local merged = {}
    for _, text in ipairs(texts) do
      for scope, rule in pairs(cjson.decode(text)) do merged[scope] = lower(merged[scope], rule) end
    end
    call('DEL', RULES)
    for scope, rule in pairs(merged) do call('HSET', RULES, scope, cjson.encode(rule)) end
    for _, limit in ipairs(call('ZRANGE', PREFIX .. 'thaw', 0, 999)) do call('ZADD', PREFIX .. 'thaw', '0', limit) end
  end

  -- What one declares comes to what the others do.
  local function add_rules(text)
    for scope, rule in pairs(cjson.decode(text)) do
      local there = call('HGET', RULES, scope)
      call('HSET', RULES, scope, cjson.encode(lower(there and cjson.decode(there), rule)))
    end
  end

  -- A worker declares `after` in place of `before`; one that has gone nothing, and `before` is nil if nobody knows it. Where
  -- nobody lives any more, the rules of the last one stay. Of many workers thousands of rules each would hold the server
  -- up: what others declare as well is not read, and what one declares in place of nothing is all that is.
  function change_rules(worker, before, after)
    local texts, known, alone = {}, {[NO_RULES] = true}, true
    for _, other in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 999)) do
      local text = other ~= worker and call('HGET', key('worker', other), 'rules')
      alone = alone and other == worker
      if text and not known[text] then texts[#texts + 1], known[text] = text, true end
    end
    if alone and not after then return end
    known_rules = {}
    local news = after and not known[after]
    local stay = #texts > 0 and before and known[before] and call('EXISTS', RULES) == 1
    if not stay then
      if news then texts[#texts + 1] = after end
      merge_rules(texts)
    elseif news then
      add_rules(after)
    end
  end

  -- The queue of which `queue@host` is a part: its limits and pauses hold for all its parts together.
  function shared_queue(name) return string.match(name, '^[^@]*') end
end
