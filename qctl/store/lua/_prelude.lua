-- What every script begins with: names of keys, arguments, the packed form, and what several verbs do alike.
-- A script says in its label which pieces it `uses:`, a piece which ones it stands on itself; all of them stand before it.
-- KEYS[1] is always the door: a key that never exists. Its name gives the namespace, and a script that must run at
-- maxmemory begins its writes by deleting it: Redis lets a script that has begun to write go on.

-- Lua finds a long string among others by every tenth byte or so, and records of jobs differ in few: thousands of them
-- stand in one row, which each new one is compared with. So those that nobody needs any more are cleared away all the
-- time, not when there are twice as many: each call begins a clearing, or goes on with it. The settings are the server's,
-- and stay as they are for others. Not every server lets a script do that.
local collect = rawget(_G, 'collectgarbage')
if collect then collect('step', 0) end

local DOOR = KEYS[1]
local PREFIX = string.sub(DOOR, 1, -5)  -- without "door"
local KEEP_EVENTS = 10000
local KEEP_ATTEMPTS = 20      -- records of a job's attempts: the first and the newest ones
local KEEP_TOKENS = 16        -- wake-up tokens of a queue
local HINT_TTL = 60000        -- ms; wake-up tokens and inbox messages are only hints
local CATALOG_TTL = 3600000   -- ms; every heartbeat of a worker renews its own
local SECRET_TTL = 2592000000 -- ms; a secret goes with its job's end, and 30 days after that may have started
local BROKEN_TTL = 604800000  -- ms; how long a record that nobody can read is kept to be looked at

local call = redis.call

local function key(kind, name) return PREFIX .. kind .. ':' .. name end
local function job_key(id) return PREFIX .. 'job:' .. id end

-- Integers above 2^50 lose digits in tostring.
local function int(number) return string.format('%.0f', number) end

local function open_door() call('DEL', DOOR) end

local function server_ms()
  local time = call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Arguments are read in order: a count, then that many groups of words.
local cursor = 0
local function word()
  cursor = cursor + 1
  return ARGV[cursor]
end
local function number() return tonumber(word()) end

local function as_table(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

-- One command over a long list, a thousand words at a time: Lua cannot unpack many thousands.
local function in_batches(command, name, list)
  for at = 1, #list, 1000 do call(command, name, unpack(list, at, math.min(at + 999, #list))) end
end

local pack
do
  -- What only a living job has. Of a cancelled job the order stays, as `cb`: who gave it, and why.
  local DROPPED_AT_END = {s = true, o = true, sc = true, due = true, cx = true, st = true, h = true, pk = true,
    dp = true, dl = true, aw = true, rp = true, to = true}

  -- The packed form of an ended job: per field one byte of name length, the name, four bytes of value length, the value.
  -- Jobs that end together have the same names and much the same lengths: what stands for those is made once.
  local names, lengths = {}, {}
  function pack(job)
    local parts, n = {}, 0
    for name, value in pairs(job) do
      if not DROPPED_AT_END[name] then
        local head, length = names[name], lengths[#value]
        if not head then
          head = string.char(#name) .. name
          names[name] = head
        end
        if not length then
          length = struct.pack('>I4', #value)
          lengths[#value] = length
        end
        parts[n + 1], parts[n + 2], parts[n + 3] = head, length, value
        n = n + 3
      end
    end
    return table.concat(parts)
  end
end

local function unpack_job(packed)
  local fields, at = {}, 1
  while at <= #packed do
    local name, value
    name, at = struct.unpack('>Bc0', packed, at)
    value, at = struct.unpack('>I4c0', packed, at)
    fields[name] = value
  end
  return fields
end

local tonumber = tonumber
local is_sound
do
  -- Whether a record holds what the verbs rely on. They never write another; a person, or a bug, may have.
  local NUMBERS = {'f', 'n', 'x', 'c', 'l', 'ex', 'sc', 'due', 'et', 'dl'}
  function is_sound(job)
    for i = 1, #NUMBERS do
      local value = job[NUMBERS[i]]
      if value and not tonumber(value) then return false end
    end
    return job.t and job.q and job.b and tonumber(job.at) and #(job.p or '') == 1 and tonumber(job.p)
      and (job.oc or job.s and (job.s ~= 'running' or job.w or job.o and job.f and job.n))
  end
end

-- A job that has not ended, or nil.
local function live_job(id)
  local flat = redis.pcall('HGETALL', job_key(id))
  if flat.err then return nil end
  local job = as_table(flat)
  return is_sound(job) and job or nil
end

-- The guard of every write about a running job: the job, if the worker of `running` owns it under this fence.
local function owned_job(running, id, fence)
  local job = live_job(id)
  if job and job.s == 'running' and job.f == fence and running == key('running', job.o) then return job end
  return nil
end

-- A job in whichever form it has: its kind ('hash', 'string', 'none', or 'broken') and its fields by name.
local function read_job(id)
  local kind = call('TYPE', job_key(id)).ok
  if kind == 'none' then return kind, {} end
  local job
  if kind == 'hash' then
    job = live_job(id)
  elseif kind == 'string' then
    local readable, fields = pcall(unpack_job, call('GET', job_key(id)))
    job = readable and is_sound(fields) and fields
  end
  if job then return kind, job end
  return 'broken', {}
end

-- Ten exact levels, first in first out inside a level: 9 - priority in the high bits, a sequence in the low ones.
local LEVEL = 562949953421312  -- 2^49

-- So many more of what is counted in a key. Where somebody has written what is no number, or one that is out of all bounds,
-- it goes on from `from`, or from the time.
local function count_up(counter, by, from)
  local number = redis.pcall('INCRBY', counter, by)
  if type(number) == 'number' and number > 0 and number < LEVEL then return number end
  number = (from or server_ms()) + by
  call('SET', counter, int(number))
  return number
end

-- A place in the order of the namespace. No store gives one away in each ms since 1970: the time is after all of them.
-- Of several the first one is answered; the others come right after it.
local function next_places(number) return count_up(PREFIX .. 'seq', number) - number + 1 end
local function next_place() return next_places(1) end
local function next_score(priority, place) return (9 - priority) * LEVEL + (place or next_place()) end

-- A counter in a hash, higher by `by`. What somebody has written there that is no number is none of them.
local function count_field(name, field, by)
  local number = redis.pcall('HINCRBY', name, field, by)
  if type(number) == 'number' then return number end
  if call('TYPE', name).ok ~= 'hash' then call('DEL', name) end
  call('HSET', name, field, by)
  return by
end

-- Tokens and messages are hints, and events what people watch: where somebody has put something else in their place, there are
-- none, and nothing is left half done for that.
local function wake(queue, count)
  local tokens = key('wake', queue)
  local waiting = redis.pcall('LLEN', tokens)
  local room = type(waiting) == 'number' and math.min(count, KEEP_TOKENS - waiting) or 0
  for _ = 1, room do call('RPUSH', tokens, '1') end
  if room > 0 then call('PEXPIRE', tokens, HINT_TTL) end
end

local function hint(worker, text)
  local inbox = key('inbox', worker)
  if type(redis.pcall('RPUSH', inbox, text)) ~= 'number' then return end
  call('LTRIM', inbox, -16, -1)
  call('PEXPIRE', inbox, HINT_TTL)
end

local function enter_queue(queue)
  if call('SADD', PREFIX .. 'queues', queue) == 1 then
    -- Workers of every queue do not listen for this one yet.
    for _, worker in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 99)) do hint(worker, 'queues') end
  end
end

local function make_ready(id, queue, score)
  call('ZADD', key('ready', queue), int(score), id)
  enter_queue(queue)
end

-- When the next scheduled job or the next deadline is due, or parked jobs are to be looked at; at once if there are any to
-- follow others. Of an index in whose place somebody has put something else nothing is due: who asks has done its work by then.
local function next_due()
  if call('EXISTS', PREFIX .. 'unsettled', PREFIX .. 'unstepped') > 0 then return '0' end
  local job = redis.pcall('ZRANGE', PREFIX .. 'scheduled', 0, 0, 'WITHSCORES')[2]
  local limit = redis.pcall('ZRANGE', PREFIX .. 'thaw', 0, 0, 'WITHSCORES')[2]
  local deadline = redis.pcall('ZRANGE', PREFIX .. 'deadlines', 0, 0, 'WITHSCORES')[2]
  if deadline and (not limit or tonumber(deadline) < tonumber(limit)) then limit = deadline end
  if job and limit then return int(math.min(tonumber(job), tonumber(limit))) end
  return job or limit or ''
end

local function announce(verb, ids)
  if #ids > 0 then
    redis.pcall('XADD', PREFIX .. 'events', 'MAXLEN', '~', KEEP_EVENTS, '*', 'verb', verb, 'ids', table.concat(ids, ' '))
  end
end

-- The workflow and the name in the id of a node's job, or nil. Users' own ids may have dots too.
local function node_parts(id) return string.match(id, '^(.+)%.([%w_-]+)$') end

-- A record is gone, or nobody can read it. With it go its secret values, those that wait for it are told, and if it was of a
-- workflow's node, that node ends as lost.
local function give_job_up(id)
  call('DEL', key('secret', id))
  if call('EXISTS', key('dependents', id)) == 1 then call('SADD', PREFIX .. 'unsettled', id) end
  local workflow, name = node_parts(id)
  if not workflow or not call('ZSCORE', key('live', workflow), name) then return end
  call('RPUSH', key('steps', workflow), 'final ' .. name .. ' lost worker_lost')
  call('SADD', PREFIX .. 'unstepped', workflow)
end

-- Nobody can read a workflow's record, or what it is made of: `follow` ends its jobs, and nothing is kept of it.
local function give_workflow_up(id)
  if call('EXISTS', key('nodes', id), key('live', id)) == 0 then return end
  call('DEL', key('steps', id))
  call('RPUSH', key('steps', id), 'abandon 0')
  call('SADD', PREFIX .. 'unstepped', id)
end

-- Move a record that nobody can read out of the way, as it is, for a person to look at; the others go on.
local function set_aside(id)
  local said = redis.pcall('HMGET', job_key(id), 'q', 'pk')
  if said[1] then call('SREM', key('parkedin', said[1]), id) end
  if said[2] then call('ZREM', key('parked', said[2]), id) end
  if call('EXISTS', job_key(id)) == 1 then
    call('RENAME', job_key(id), key('broken', id))
    call('PEXPIRE', key('broken', id), BROKEN_TTL)
    local now = server_ms()
    call('ZREMRANGEBYSCORE', PREFIX .. 'aside', '-inf', int(now - BROKEN_TTL))
    call('ZADD', PREFIX .. 'aside', int(now), id)
    call('PEXPIRE', PREFIX .. 'aside', BROKEN_TTL)
  end
  give_job_up(id)
  give_workflow_up(id)
  announce('broken', {id})
end

-- A job that is to be worked on has no record that can be read, or has ended.
local function lose_record(id)
  local kind = read_job(id)
  if kind == 'broken' then set_aside(id) end
  if kind == 'none' then give_job_up(id) end
  return kind
end

-- The attempts whose records and output may be there, the first one first.
local function kept_attempts(job)
  local attempts, kept = tonumber(job.n or '0'), {'1'}
  for attempt = math.max(2, attempts - KEEP_ATTEMPTS + 1), attempts do kept[#kept + 1] = int(attempt) end
  return kept
end
