-- remove: ended -> nothing. Remove ended jobs that somebody named, with their values and output, however young.
-- uses  _concluding _ending _large _output _workflow_removal
-- KEYS  1 door
-- ARGV  1 n, then n ids
-- reply n answers, or fewer if they are large: OK | ACTIVE (it has not ended, or not all that wait for it have been told; of a
--       workflow's job, that has not) | UNKNOWN
-- With a workflow go its jobs, in this call or by `follow`. Of a job that is gone goes the record that was set aside.
local replies, gone = {}, {}
local now = server_ms()
open_door()

local function answer_for(id)
  local kind, job = read_job(id)
  if kind == 'hash' or call('SISMEMBER', PREFIX .. 'unsettled', id) == 1 or is_at_work(id, job) then
    return 'ACTIVE'
  elseif kind == 'none' then
    local was_aside = call('DEL', key('broken', id)) == 1
    if was_aside then call('ZREM', PREFIX .. 'aside', id) end
    return was_aside and 'OK' or 'UNKNOWN'
  end
  erase_job(id, kind, job)
  if job.w then endings.steps[#endings.steps + 1] = {id, 'erase', '0', '1'} end
  if job.t then
    local index = key('ended', job.t)
    call('ZREM', index, id)
    if call('EXISTS', index) == 0 then call('SREM', PREFIX .. 'tasks', job.t) end
  end
  gone[#gone + 1] = id
  return 'OK'
end

answer_those_that_fit(function(id) replies[#replies + 1] = answer_for(id) end)
in_batches('ZREM', PREFIX .. 'unsuccessful', gone)
announce('remove', gone)
write_endings(now)
return replies
