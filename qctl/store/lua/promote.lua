-- promote: scheduled -> queued | running (a workflow) | ended (expired). Put due jobs exactly where submit would put them,
-- let parked ones come back whose limit has room by now, and stop workflows whose time is over.
-- uses  _concluding _ending _limits _workflow_records
-- KEYS  1 door
-- ARGV  1 how many at most
-- reply how many were due, the next due time in ms since the epoch or '', server time in ms, 1 if parked jobs came back
-- Of large jobs fewer are taken than are due: those are due still. Where somebody has put something else in the place of what
-- some of them need, these stay scheduled and are looked at again a little later, the others go on, and the call is refused.
local READ_BYTES = 4194304  -- of bodies in one call, so that they do not hold the server up
local LATER = 10000         -- ms
local most = number()
local now = server_ms()
local due = call('ZRANGEBYSCORE', PREFIX .. 'scheduled', '-inf', int(now), 'LIMIT', 0, most)
local thawing = call('ZRANGEBYSCORE', PREFIX .. 'thaw', '-inf', int(now), 'LIMIT', 0, most)
local over = call('ZRANGEBYSCORE', PREFIX .. 'deadlines', '-inf', int(now), 'LIMIT', 0, 1)
if #due == 0 and #thawing == 0 and #over == 0 then return {0, next_due(), int(now), 0} end

open_door()
if #over > 0 then workflows_at(now).expire() end
local ids, jobs, bytes = {}, {}, 0
for place, id in ipairs(due) do
  if bytes >= READ_BYTES then break end
  local job = live_job(id)
  ids[place], jobs[place], bytes = id, job, bytes + #(job and job.b or '')
end

local trouble
local function carefully(act, ...)
  local done, answer = pcall(act, ...)
  if not done then trouble = trouble or answer end
  return done, answer
end

-- One that enters no queue, or does not stand here by its record.
local function see_off(id, job)
  if not job then
    lose_record(id)
  elseif job.s == 'scheduled' and job.ex and tonumber(job.ex) <= now then
    finish(id, job, 'expired', 'expired', now, {})
  elseif job.s == 'scheduled' and job.w then
    call('HDEL', job_key(id), 'due')
    begin_workflow(id, now, {})
  end
end

-- What is the same for many is done once: while this runs, everybody else's claims wait. The records come last: see
-- `_submit_plain`.
local function queue_all(queue, entries)
  in_batches('ZADD', key('ready', queue), entries)
  enter_queue(queue)
  for i = 1, #entries, 2 do
    local name = job_key(entries[i + 1])
    call('HSET', name, 's', 'queued', 'sc', entries[i])
    call('HDEL', name, 'due')
  end
  wake(queue, #entries / 2)
end

local first, ready = #ids > 0 and next_places(#ids), {}  -- queue -> scores and ids, in turn
local gone, later = {}, {}  -- ids that leave `scheduled`; new times of those that stay there, and their ids
local function settled(done, id)
  if done then gone[#gone + 1] = id else later[#later + 1], later[#later + 2] = int(now + LATER), id end
end

for place, id in ipairs(ids) do
  local job = jobs[place]
  if job and job.s == 'scheduled' and not job.w and not (job.ex and tonumber(job.ex) <= now) then
    local entries = ready[job.q] or {}
    ready[job.q] = entries
    entries[#entries + 1], entries[#entries + 2] = int(next_score(tonumber(job.p), first + place - 1)), id
  else
    settled(carefully(see_off, id, job), id)
  end
end
for queue, entries in pairs(ready) do
  local done = carefully(queue_all, queue, entries)
  for i = 2, #entries, 2 do settled(done, entries[i]) end
end
in_batches('ZREM', PREFIX .. 'scheduled', gone)
in_batches('ZADD', PREFIX .. 'scheduled', later)
local came_back = 0
for _, limit in ipairs(thawing) do
  local done, any = carefully(thaw, limit, now)
  if not done then call('ZADD', PREFIX .. 'thaw', int(now + LATER), limit) elseif any then came_back = 1 end
end
announce('promote', gone)
write_endings(now)
thaw_freed(now)
if trouble then error(trouble, 0) end
return {#ids, next_due(), int(now), came_back}
