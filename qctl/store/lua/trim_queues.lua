-- trim_queues: changes no job. Forget the names of queues that have been idle for long: nothing waits there, is parked,
-- scheduled or runs, nobody has paused one, and no live worker names it or has limits for it.
-- uses  _rules
-- KEYS  1 door   2 queues   3 idle
-- ARGV  1 for how many ms a queue must have been idle   2 how many names to look at
-- reply the names that are gone
-- A job that enters a queue brings its name back.
local MOST_JOBS = 5000  -- scheduled, waiting and running; where there are more, it is not known what is idle
local least, most = number(), number()
local now = server_ms()

local function named_by_workers()
  local named = {}
  for _, worker in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 999)) do
    local readable, about = pcall(cjson.decode, call('HGET', key('worker', worker), 'about') or '')
    for _, name in ipairs(readable and type(about) == 'table' and type(about.queues) == 'table' and about.queues or {}) do
      named[name] = true
    end
  end
  return named
end

local named = named_by_workers()
local function is_in_use(name)
  local shared = shared_queue(name)
  return call('EXISTS', key('ready', name), key('parkedin', name)) > 0 or named[name] or named[shared]
    or call('HEXISTS', PREFIX .. 'paused', shared) == 1 or rule_of('queue:' .. shared)
end

-- The queues of jobs that are in none now, by name; nil if these are too many to look at.
local function queues_of_others()
  local ids = {}
  local function add(list, step)
    for place = 1, #list, step do ids[#ids + 1] = list[place] end
  end
  for _, worker in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 999)) do add(call('HGETALL', key('running', worker)), 2) end
  for _, kind in ipairs({'scheduled', 'waiting'}) do add(call('ZRANGE', PREFIX .. kind, 0, MOST_JOBS), 1) end
  if #ids > MOST_JOBS then return nil end
  local found = {}
  for _, id in ipairs(ids) do
    local queue = redis.pcall('HGET', job_key(id), 'q')
    if type(queue) == 'string' then found[queue] = true end
  end
  return found
end

open_door()
local old = {}
for _, name in ipairs(call('SRANDMEMBER', KEYS[2], most)) do
  if is_in_use(name) then
    call('ZREM', KEYS[3], name)
  else
    call('ZADD', KEYS[3], 'NX', int(now), name)
    if tonumber(call('ZSCORE', KEYS[3], name)) <= now - least then old[#old + 1] = name end
  end
end
local others = #old > 0 and queues_of_others()
local gone = {}
for _, name in ipairs(others and old or {}) do
  call('ZREM', KEYS[3], name)
  if not others[name] then
    call('SREM', KEYS[2], name)
    gone[#gone + 1] = name
  end
end
return gone
