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
local tokens = {}
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
    local score = next_score(tonumber(job.p))
    call('HSET', job_key(id), 's', 'queued', 'sc', int(score))
    call('HDEL', job_key(id), 'due')
    make_ready(id, job.q, score)
    tokens[job.q] = (tokens[job.q] or 0) + 1
  end
end
for queue, count in pairs(tokens) do wake(queue, count) end
local came_back = 0
for _, limit in ipairs(thawing) do
  if thaw(limit, now) then came_back = 1 end
end
announce('promote', ids)
write_endings(now)
thaw_freed(now)
return {#ids, next_due(), int(now), came_back}
