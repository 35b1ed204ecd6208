-- prioritise: changes no state. Jobs that wait, are scheduled or queued take another level; what runs keeps its own.
-- uses  _large
-- KEYS  1 door
-- ARGV  1 by how many levels, below 0 for down   2 n, then n ids
-- reply n answers, or fewer if they are large: the new level, 0 to 9 | SAME (there is no level beyond) | RUNNING | ENDED |
--       UNKNOWN
-- Inside its new level a job stands where it would if it had been submitted so: its sequence number stays.
local by, done, replies = number(), {}, {}

local function answer_for(id)
  local kind, job = read_job(id)
  if kind == 'string' then return 'ENDED' end
  if kind ~= 'hash' then return 'UNKNOWN' end
  if job.s == 'running' then return 'RUNNING' end
  local before = tonumber(job.p)
  local level = math.max(0, math.min(9, before + by))
  if level == before then return 'SAME' end
  open_door()
  local fields = {'p', int(level)}
  if job.sc and job.s == 'queued' then
    fields[3], fields[4] = 'sc', int(tonumber(job.sc) + (before - level) * LEVEL)
    if job.pk then call('ZADD', key('parked', job.pk), 'XX', fields[4], id) end
    call('ZADD', key('ready', job.q), 'XX', fields[4], id)
  end
  call('HSET', job_key(id), unpack(fields))
  done[#done + 1] = id
  return int(level)
end

answer_those_that_fit(function(id) replies[#replies + 1] = answer_for(id) end)
announce('prioritise', done)
return replies
