-- follow: waiting -> queued | scheduled | running (a workflow) | ended (skipped, expired). Let jobs go on that wait for jobs
--         which have ended, and workflows whose steps were too many for one call.
-- uses  _concluding _ending _limits _workflow_again _workflow_records _workflow_removal
-- KEYS  1 door
-- ARGV  1 how many at most
-- reply how many wait no more and how many steps were taken, 1 if there may be more
-- Whatever ends a job does this for its first dependents in the same call: here go on those that were too many for it.
-- The record says how a job ended; of one whose record is gone or cannot be read it is taken that it failed.
local most = number()
local unsettled = call('SRANDMEMBER', PREFIX .. 'unsettled', most)
local unstepped = call('SRANDMEMBER', PREFIX .. 'unstepped', 20)
if #unsettled == 0 and #unstepped == 0 then return {0, 0} end

local now = server_ms()
open_door()
for _, id in ipairs(unsettled) do
  local kind, job = read_job(id)
  call('SREM', PREFIX .. 'unsettled', id)
  if kind ~= 'hash' then
    endings.followed[#endings.followed + 1] = {id = id, why = obstacle(job.oc, job.rs)}
  end
end
local walked = workflows_at(now).take_up(unstepped)
write_endings(now, most)
thaw_freed(now)
return {#moved + walked, call('EXISTS', PREFIX .. 'unsettled', PREFIX .. 'unstepped') > 0 and 1 or 0}
