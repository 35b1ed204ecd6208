-- Shared by every script and put before each: names of keys, arguments, the packed form, and what several verbs do alike.
-- KEYS[1] is always the door: a key that never exists. Its name gives the namespace, and a script that must run at
-- maxmemory begins its writes by deleting it: Redis lets a script that has begun to write go on.

local DOOR = KEYS[1]
local PREFIX = string.sub(DOOR, 1, -5)  -- without "door"
local KEEP_EVENTS = 10000
local KEEP_RECENT = 10000
local KEEP_ATTEMPTS = 20      -- records of a job's attempts: the first and the newest ones
local KEEP_TOKENS = 16        -- wake-up tokens of a queue
local INLINE_VALUE = 512      -- bytes; a larger value gets a key of its own, so that listings never carry it
local HINT_TTL = 60000        -- ms; wake-up tokens and inbox messages are only hints
local STATS_TTL = 172800000   -- ms

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

-- The packed form of an ended job: per field one byte of name length, the name, four bytes of value length, the value.
local function pack(flat)
  local parts = {}
  for i = 1, #flat, 2 do
    parts[#parts + 1] = struct.pack('>Bc0I4c0', #flat[i], flat[i], #flat[i + 1], flat[i + 1])
  end
  return table.concat(parts)
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

-- A job in whichever form it has: its kind ('hash', 'string' or 'none') and its fields by name.
local function read_job(id)
  local kind = call('TYPE', job_key(id)).ok
  local fields = {}
  if kind == 'hash' then
    local flat = call('HGETALL', job_key(id))
    for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  elseif kind == 'string' then
    fields = unpack_job(call('GET', job_key(id)))
  end
  return kind, fields
end

-- Ten exact levels, first in first out inside a level: 9 - priority in the high bits, a sequence in the low ones.
local function next_score(priority)
  return (9 - priority) * 562949953421312 + call('INCR', PREFIX .. 'seq')  -- 2^49
end

local function wake(queue, count)
  local tokens = key('wake', queue)
  local room = math.min(count, KEEP_TOKENS - call('LLEN', tokens))
  for _ = 1, room do call('RPUSH', tokens, '1') end
  if room > 0 then call('PEXPIRE', tokens, HINT_TTL) end
end

local function hint(worker, text)
  local inbox = key('inbox', worker)
  call('RPUSH', inbox, text)
  call('LTRIM', inbox, -16, -1)
  call('PEXPIRE', inbox, HINT_TTL)
end

local function make_ready(id, queue, score)
  call('ZADD', key('ready', queue), int(score), id)
  if call('SADD', PREFIX .. 'queues', queue) == 1 then
    -- Workers of every queue do not listen for this one yet.
    for _, worker in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 99)) do hint(worker, 'queues') end
  end
end

local function next_due()
  local head = call('ZRANGE', PREFIX .. 'scheduled', 0, 0, 'WITHSCORES')
  return head[2] or ''
end

local function announce(verb, ids)
  if #ids > 0 then
    call('XADD', PREFIX .. 'events', 'MAXLEN', '~', KEEP_EVENTS, '*', 'verb', verb, 'ids', table.concat(ids, ' '))
  end
end

-- What ended in this call: written together at its end, by one command for each index.
local endings = {ids = {}, by_task = {}, unsuccessful = {}, counts = {}}

local DROPPED_AT_END = {s = true, o = true, sc = true, due = true, pg = true, cx = true, st = true}

-- Turn a live job into its packed form. `flat` is its HGETALL, `more` fields to add, in the same shape.
local function finish(id, flat, outcome, reason, at, more)
  local kept, task, seen = {}, nil, {}
  for i = 1, #more, 2 do seen[more[i]] = true end
  for i = 1, #flat, 2 do
    local name = flat[i]
    if name == 't' then task = flat[i + 1] end
    if not DROPPED_AT_END[name] and not seen[name] then
      kept[#kept + 1], kept[#kept + 2] = name, flat[i + 1]
    end
  end
  for i = 1, #more do kept[#kept + 1] = more[i] end
  kept[#kept + 1], kept[#kept + 2] = 'oc', outcome
  if reason ~= '' then kept[#kept + 1], kept[#kept + 2] = 'rs', reason end
  kept[#kept + 1], kept[#kept + 2] = 'en', int(at)
  call('SET', job_key(id), pack(kept))
  local list = endings.by_task[task] or {}
  endings.by_task[task] = list
  list[#list + 1], list[#list + 2] = int(at), id
  if outcome ~= 'succeeded' then
    local bad = endings.unsuccessful
    bad[#bad + 1], bad[#bad + 2] = int(at), id
  end
  local counter = outcome .. ':' .. task
  endings.counts[counter] = (endings.counts[counter] or 0) + 1
  endings.ids[#endings.ids + 1] = id
end

-- Write the indexes of all that ended, tell who waits, and count. Batches are at most a few hundred.
local function write_endings(at)
  if #endings.ids == 0 then return end
  for task, list in pairs(endings.by_task) do
    call('ZADD', key('ended', task), unpack(list))
    call('SADD', PREFIX .. 'tasks', task)
  end
  if #endings.unsuccessful > 0 then call('ZADD', PREFIX .. 'unsuccessful', unpack(endings.unsuccessful)) end
  local stats = key('stats', int(math.floor(at / 60000)))
  for counter, count in pairs(endings.counts) do call('HINCRBY', stats, counter, count) end
  call('PEXPIRE', stats, STATS_TTL)
  call('PUBLISH', PREFIX .. 'ended', table.concat(endings.ids, ' '))
end

-- Keep a finished attempt's output in one value, in place of its live stream.
local function keep_output(id, attempt, packed, at)
  if packed == '' then return end
  local name = id .. ':' .. attempt
  call('DEL', key('log', name))
  call('SET', key('log', name), packed)
  call('ZADD', PREFIX .. 'outputs', int(at), name)
  call('INCRBY', PREFIX .. 'output_bytes', #packed)
end

local function drop_output(id, attempt)
  local name = id .. ':' .. attempt
  if call('ZREM', PREFIX .. 'outputs', name) == 1 then
    call('DECRBY', PREFIX .. 'output_bytes', call('STRLEN', key('log', name)))
  end
  call('DEL', key('log', name))
end

-- Fields that say an attempt is over: its record, and the counter it costs. The middle of a long history goes.
local function attempt_fields(job, record, charge)
  local more = {}
  if record ~= '' then more[1], more[2] = 'a' .. (job.n or '0'), record end
  if charge ~= '' then more[#more + 1], more[#more + 2] = charge, int(tonumber(job[charge] or '0') + 1) end
  return more
end

local function trim_attempts(id, attempt)
  if attempt > KEEP_ATTEMPTS then
    call('HDEL', job_key(id), 'a' .. int(attempt - KEEP_ATTEMPTS + 1))
    drop_output(id, int(attempt - KEEP_ATTEMPTS + 1))
  end
end

-- An answer for somebody who does not own the job under this fence: the same call once more, or a late one.
local function answer_stranger(id, fence)
  local kind, job = read_job(id)
  if kind == 'none' then return 'UNKNOWN' end
  if job.f == fence and job.s ~= 'running' then return 'ALREADY' end
  return 'FENCED'
end

local function as_table(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end

local function field_list(fields)
  local flat = {}
  for name, value in pairs(fields) do flat[#flat + 1], flat[#flat + 2] = name, value end
  return flat
end
