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

  -- What a worker declares, rule by rule: the scope, and where the rule begins and ends. There is nothing in it but names and
  -- numbers; and to decode thousands of which few matter takes ten times as long.
  local function each_rule(declared) return string.gmatch(declared, '"([^"]*)":()%b{}()') end
  local function rule_in(declared, from, behind) return string.sub(declared, from, behind - 1) end

  -- `found`: by scope the rules for it, each once.
  local function note(found, scope, rule)
    local rules = found[scope] or {}
    for _, known in ipairs(rules) do
      if known == rule then return end
    end
    found[scope], rules[#rules + 1] = rules, rule
  end

  -- Let that rule hold for each scope that is the lowest of those found for it, or none. Whoever is parked is looked at again.
  local function write(found)
    local held, gone = {}, {}
    for scope, rules in pairs(found) do
      local lowest, merged = rules[1], nil
      if #rules > 1 then
        for _, rule in ipairs(rules) do merged = lower(merged, cjson.decode(rule)) end
        lowest = cjson.encode(merged)
      end
      if lowest then held[#held + 1], held[#held + 2] = scope, lowest else gone[#gone + 1] = scope end
    end
    in_batches('HSET', RULES, held)
    in_batches('HDEL', RULES, gone)
    for _, limit in ipairs(call('ZRANGE', PREFIX .. 'thaw', 0, 999)) do call('ZADD', PREFIX .. 'thaw', '0', limit) end
  end

  -- Make the rules anew from what live workers declare.
  local function merge_rules(texts)
    local found = {}
    for _, text in ipairs(texts) do
      for scope, from, behind in each_rule(text) do note(found, scope, rule_in(text, from, behind)) end
    end
    call('DEL', RULES)
    write(found)
  end

  -- One declares `after` in place of `before`, and others these texts: of what they declare that alone is looked at for which it
  -- does not declare any more what it did. Where another still does, nothing has changed but for what comes to it.
  local function replace_rules(texts, before, after)
    local old, stale, new = {}, {}, {}
    for scope, from, behind in each_rule(before) do old[scope], stale[scope] = rule_in(before, from, behind), {} end
    for scope, from, behind in each_rule(after) do
      local rule = rule_in(after, from, behind)
      if old[scope] == rule then stale[scope] = nil else new[scope] = rule end
    end
    for _, text in ipairs(next(stale) and texts or {}) do
      for scope, from, behind in each_rule(text) do
        if stale[scope] then
          local rule = rule_in(text, from, behind)
          if old[scope] == rule then stale[scope] = nil else note(stale, scope, rule) end
        end
      end
    end
    if next(stale) then write(stale) end
    for scope, rule in pairs(new) do
      local there = call('HGET', RULES, scope)
      if there and there ~= rule then rule = cjson.encode(lower(cjson.decode(there), cjson.decode(rule))) end
      if there ~= rule then call('HSET', RULES, scope, rule) end
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
    if not after or known[after] then after = NO_RULES end
    if #texts == 0 or not before or call('EXISTS', RULES) == 0 then
      texts[#texts + 1] = after
      merge_rules(texts)
    else
      replace_rules(texts, known[before] and NO_RULES or before, after)
    end
  end

  -- The queue of which `queue@host` is a part: its limits and pauses hold for all its parts together.
  function shared_queue(name) return string.match(name, '^[^@]*') end
end
