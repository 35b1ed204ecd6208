-- promote: scheduled -> queued | ended (expired). Put due jobs exactly where submit would put them.
-- KEYS  1 door
-- ARGV  1 how many at most
-- reply how many were due, the next due time in ms since the epoch or '', server time in ms
local now = server_ms()
local due = call('ZRANGEBYSCORE', PREFIX .. 'scheduled', '-inf', int(now), 'LIMIT', 0, number())
if #due == 0 then return {0, next_due(), int(now)} end

open_door()
in_batches('ZREM', PREFIX .. 'scheduled', due)
local tokens = {}
for _, id in ipairs(due) do
  local job = live_job(id)
  if not job then
    if read_job(id) == 'broken' then set_aside(id) end
  elseif job.s == 'scheduled' and job.ex and tonumber(job.ex) <= now then
    finish(id, job, 'expired', 'expired', now, {})
  elseif job.s == 'scheduled' then
    local score = next_score(tonumber(job.p))
    call('HSET', job_key(id), 's', 'queued', 'sc', int(score))
    call('HDEL', job_key(id), 'due')
    make_ready(id, job.q, score)
    tokens[job.q] = (tokens[job.q] or 0) + 1
  end
end
for queue, count in pairs(tokens) do wake(queue, count) end
write_endings(now)
announce('promote', due)
return {#due, next_due(), int(now)}
