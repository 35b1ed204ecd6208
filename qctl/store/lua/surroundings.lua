-- surroundings: changes nothing. What a report tells of a job beside its record: how its task's jobs ended before.
-- KEYS  1 door
-- ARGV  1 ms that are looked back   2 n, then n ids
-- reply n times: the job as `jobs` answers it, packed output of its last attempt or '', how many of its task succeeded
--       in that time, how many ended otherwise, when the newest other one that succeeded ended or '', record of its last
--       attempt or '', ids of the jobs that were skipped for its end, definition and origin of its schedule, '' each if
--       it starts nothing. Of a workflow also the terms of its plan, or '', which of its nodes failed first, or '', and
--       for each node, where they are not many: name, node, how it ended or '', its job as `jobs` answers it or ''.
--       The output is that of the job that failed first.
local MOST_COUNTED = 1000
local MOST_NODES, MOST_COPIES = 100, 1000
local since, now, reply = number(), server_ms(), {}

local function form_of(id, kind)
  if kind == 'hash' then return call('HGETALL', job_key(id)) end
  return kind == 'string' and call('GET', job_key(id)) or ''
end

local function output_of(id, job)
  local packed = job.n and redis.pcall('GET', key('log', id .. ':' .. job.n))
  return type(packed) == 'string' and packed or ''
end

-- How the jobs of a task ended, newest first.
local function past_of(task, id)
  local rows = call('ZRANGE', key('ended', task), '+inf', int(now - since), 'BYSCORE', 'REV', 'LIMIT', 0, MOST_COUNTED,
    'WITHSCORES')
  local ids, good, other, other_at = {}, 0, nil, nil
  for i = 1, #rows, 2 do ids[#ids + 1] = rows[i] end
  if #ids == 0 then return 0, 0, '', '' end
  for place, bad in ipairs(call('ZMSCORE', PREFIX .. 'unsuccessful', unpack(ids))) do
    if not bad then
      good = good + 1
      if not other and ids[place] ~= id then other, other_at = ids[place], rows[2 * place] end
    end
  end
  if not other then return good, #ids - good, '', '' end
  local _, job = read_job(other)
  return good, #ids - good, int(tonumber(other_at)), job['a' .. (job.n or '')] or ''
end

-- What tells when a job's schedule starts it next.
local function schedule_of(job)
  if not job.sd then return '', '' end
  local said = call('HMGET', key('schedule', job.sd), 'def', 'origin', 'disabled')
  if not said[1] or said[3] then return '', '' end
  return said[1], said[2] or '0'
end

-- The nodes of a workflow, if a text has room for all of them, and the job that failed first.
local function nodes_of(id, job)
  local text = job.w and call('HGET', key('nodes', id), 'plan')
  if not text then return '', '', {} end
  local plan, names = cjson.decode(text), {}
  local first = call('LRANGE', key('culprits', id), 0, 0)[1] or ''
  if job.up and string.sub(job.up, 1, #id + 1) == id .. '.' then first = string.sub(job.up, #id + 2) end
  local declared = (plan.jobs or 0) + (plan.groups or 0)
  if declared <= MOST_NODES and call('HEXISTS', key('nodes', id), 'more') == 0 then
    local copies = plan.ee and math.min(MOST_COPIES, call('LLEN', key('culprits', id))) or 0
    for place = 1, plan.jobs or 0 do names[#names + 1] = int(place) end
    for place = 1, plan.groups or 0 do names[#names + 1] = 'g' .. int(place) end
    for _, ends in ipairs({plan.oe or {}, plan.os or {}}) do
      for _, name in ipairs(ends) do names[#names + 1] = name end
    end
    for _, name in ipairs(plan.oe or {}) do
      for place = 1, copies do names[#names + 1] = name .. '-' .. int(place) end
    end
  end
  local rows = {}
  for _, name in ipairs(names) do
    local line = call('HGET', key('nodes', id), name) or call('HGET', key('nodes', id), (string.gsub(name, '%-%d+$', '')))
    if line then
      local node, at = id .. '.' .. name, #rows
      rows[at + 1], rows[at + 2], rows[at + 3] = name, line, call('HGET', key('fates', id), name) or ''
      rows[at + 4] = form_of(node, call('TYPE', job_key(node)).ok)
    end
  end
  return text, first, rows
end

for i = 1, number() do
  local id = word()
  local kind, job = read_job(id)
  if not job.t then
    reply[i] = {}
  else
    local good, bad, at, record = past_of(job.t, id)
    local definition, origin = schedule_of(job)
    local plan, first, nodes = nodes_of(id, job)
    local speaks, speaker = id, job
    if first ~= '' then
      speaks = id .. '.' .. first
      local _, culprit = read_job(speaks)
      speaker = culprit
    end
    reply[i] = {form_of(id, kind), output_of(speaks, speaker), good, bad, at, record,
      call('LRANGE', key('skipped', id), 0, -1), definition, origin, plan, first, nodes}
  end
end
return reply
