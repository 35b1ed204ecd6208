-- follow: waiting -> queued | scheduled | running (a workflow) | ended (skipped, expired). Let jobs go on that wait for jobs
--         which have ended, and workflows whose steps were too many for one call.
-- uses  _concluding _ending _limits _workflow_again _workflow_records _workflow_removal
-- KEYS  1 door
-- ARGV  1 how many at most
-- reply how many wait no more and how many steps were taken, 1 if there may be more
-- Whatever ends a job does this for its first dependents in the same call: here go on those that were too many for it.
-- The record says how a job ended; of one whose record is gone or cannot be read it is taken that it failed.
-- Where somebody has put something else in the place of what one of them needs, the others go on all the same, and the call is
-- refused: it is made again, until that is put right.
local most = number()
local unsettled = call('SRANDMEMBER', PREFIX .. 'unsettled', most)
local unstepped = call('SRANDMEMBER', PREFIX .. 'unstepped', 20)
if #unsettled == 0 and #unstepped == 0 then return {0, 0} end

local now = server_ms()
open_door()
for _, id in ipairs(unsettled) do
  local kind, job = read_job(id)
  if kind == 'hash' then
    call('SREM', PREFIX .. 'unsettled', id)
  else
    endings.followed[#endings.followed + 1] = {id = id, why = obstacle(job.oc, job.rs), marked = true}
  end
end
local walked = workflows_at(now).take_up(unstepped)
write_endings(now, most)
thaw_freed(now)
if endings.trouble then error(endings.trouble, 0) end
return {#moved + walked, call('EXISTS', PREFIX .. 'unsettled', PREFIX .. 'unstepped') > 0 and 1 or 0}
