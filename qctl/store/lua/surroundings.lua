-- surroundings: changes nothing. What a report tells of a job beside its record: how its task's jobs ended before.
-- KEYS  1 door
-- ARGV  1 ms that are looked back   2 n, then n ids
-- reply n times: the job as `jobs` answers it, packed output of its last attempt or '', how many of its task succeeded
--       in that time, how many ended otherwise, when the newest other one that succeeded ended or '', record of its last
--       attempt or '', ids of the jobs that were skipped for its end, definition and origin of its schedule, '' each if
--       it starts nothing
local MOST_COUNTED = 1000
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

for i = 1, number() do
  local id = word()
  local kind, job = read_job(id)
  if not job.t then
    reply[i] = {}
  else
    local good, bad, at, record = past_of(job.t, id)
    local definition, origin = schedule_of(job)
    reply[i] = {form_of(id, kind), output_of(id, job), good, bad, at, record,
      call('LRANGE', key('skipped', id), 0, -1), definition, origin}
  end
end
return reply
