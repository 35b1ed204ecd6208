-- trim_queues: changes no job. Forget the names of queues that have been idle for long: nothing waits there, is parked,
-- scheduled or runs, nobody has paused one, and no live worker names it or has limits for it.
-- uses  _rules
-- KEYS  1 door   2 queues   3 idle
-- ARGV  1 for how many ms a queue must have been idle   2 how many names to look at
-- reply the names that are gone
-- A job that enters a queue brings its name back. So where there are too many jobs and workers to look at all of them, a
-- name goes that has been idle for much longer, whatever is scheduled.
-- Of those that count as parked in a queue some are looked at: one whose record somebody has removed counts no more.
local MOST_JOBS, MOST_WORKERS = 1000, 100  -- that are looked at
local MOST_PARKED = 20                     -- of each queue
local MUCH_LONGER = 30
local least, most = number(), number()
local now = server_ms()

local function drop_gone(name)
  for _, id in ipairs(call('SRANDMEMBER', key('parkedin', name), MOST_PARKED)) do
    local said = redis.pcall('HMGET', job_key(id), 'q', 'pk')
    if said[1] ~= name or not said[2] then call('SREM', key('parkedin', name), id) end
  end
end

local function is_in_use(name)
  local shared = shared_queue(name)
  return call('EXISTS', key('ready', name), key('parkedin', name)) > 0
    or call('HEXISTS', PREFIX .. 'paused', shared) == 1 or rule_of('queue:' .. shared)
end

-- The workers, if neither they nor the jobs that are in no queue now are too many to look at.
local function workers_to_look_at()
  local jobs = call('ZCARD', PREFIX .. 'scheduled') + call('ZCARD', PREFIX .. 'waiting')
  if jobs > MOST_JOBS or call('ZCARD', PREFIX .. 'workers') > MOST_WORKERS then return nil end
  local workers = call('ZRANGE', PREFIX .. 'workers', 0, -1)
  for _, worker in ipairs(workers) do
    jobs = jobs + call('HLEN', key('running', worker))
    if jobs > MOST_JOBS then return nil end
  end
  return workers
end

-- The queues that these workers name, and those of the jobs that are in none now.
local function queues_of(workers)
  local found, ids = {}, {}
  local function add(list, step)
    for place = 1, #list, step do ids[#ids + 1] = list[place] end
  end
  for _, worker in ipairs(workers) do
    local readable, about = pcall(cjson.decode, call('HGET', key('worker', worker), 'about') or '')
    for _, name in ipairs(readable and type(about) == 'table' and type(about.queues) == 'table' and about.queues or {}) do
      found[name] = true
    end
    add(call('HGETALL', key('running', worker)), 2)
  end
  for _, kind in ipairs({'scheduled', 'waiting'}) do add(call('ZRANGE', PREFIX .. kind, 0, -1), 1) end
  for _, id in ipairs(ids) do
    local queue = redis.pcall('HGET', job_key(id), 'q')
    if type(queue) == 'string' then found[queue] = true end
  end
  return found
end

open_door()
local old, idle_since = {}, {}
for _, name in ipairs(call('SRANDMEMBER', KEYS[2], most)) do
  drop_gone(name)
  if is_in_use(name) then
    call('ZREM', KEYS[3], name)
  else
    call('ZADD', KEYS[3], 'NX', int(now), name)
    idle_since[name] = tonumber(call('ZSCORE', KEYS[3], name))
    if idle_since[name] <= now - least then old[#old + 1] = name end
  end
end
local workers = #old > 0 and workers_to_look_at()
local used = workers and queues_of(workers)
local gone = {}
for _, name in ipairs(old) do
  if used and (used[name] or used[shared_queue(name)]) then
    call('ZREM', KEYS[3], name)
  elseif used or idle_since[name] <= now - least * MUCH_LONGER then
    call('ZREM', KEYS[3], name)
    call('SREM', KEYS[2], name)
    gone[#gone + 1] = name
  end
end
return gone
