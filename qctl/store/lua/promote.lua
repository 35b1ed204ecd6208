-- promote: scheduled -> queued | running (a workflow) | ended (expired). Put due jobs exactly where submit would put them,
-- let parked ones come back whose limit has room by now, and stop workflows whose time is over.
-- uses  _concluding _ending _limits _workflow_records
-- KEYS  1 door
-- ARGV  1 how many at most
-- reply how many were due, the next due time in ms since the epoch or '', server time in ms, 1 if parked jobs came back
-- Of large jobs fewer are taken than are due: those are due still.
local READ_BYTES = 4194304  -- of bodies in one call, so that they do not hold the server up
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
in_batches('ZREM', PREFIX .. 'scheduled', ids)
-- What is the same for many is done once: while this runs, everybody else's claims wait.
local first, ready = #ids > 0 and next_places(#ids), {}  -- queue -> scores and ids, in turn
for place, id in ipairs(ids) do
  local job = jobs[place]
  if not job then
    lose_record(id)
  elseif job.s == 'scheduled' and job.ex and tonumber(job.ex) <= now then
    finish(id, job, 'expired', 'expired', now, {})
  elseif job.s == 'scheduled' and job.w then
    call('HDEL', job_key(id), 'due')
    begin_workflow(id, now, {})
  elseif job.s == 'scheduled' then
    local name, score = job_key(id), int(next_score(tonumber(job.p), first + place - 1))
    call('HSET', name, 's', 'queued', 'sc', score)
    call('HDEL', name, 'due')
    local entries = ready[job.q] or {}
    ready[job.q], entries[#entries + 1], entries[#entries + 2] = entries, score, id
  end
end
for queue, entries in pairs(ready) do
  in_batches('ZADD', key('ready', queue), entries)
  enter_queue(queue)
  wake(queue, #entries / 2)
end
local came_back = 0
for _, limit in ipairs(thawing) do
  if thaw(limit, now) then came_back = 1 end
end
announce('promote', ids)
write_endings(now)
thaw_freed(now)
return {#ids, next_due(), int(now), came_back}
