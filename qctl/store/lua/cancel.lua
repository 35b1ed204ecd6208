-- cancel: waiting | scheduled | queued -> ended (cancelled). A running job's worker gets the order to stop it.
-- KEYS  1 door
-- ARGV  1 order (JSON, for the worker, and kept with the job)   2 1 to leave those alone that run   3 n, then n ids
-- A job that runs by its record alone, whose worker is gone without a trace, ends too.
-- reply n times: answer (OK | RUNNING | ENDED | UNKNOWN), the worker that was told or ''
local now = server_ms()
local order, spare_running = word(), number() == 1
local replies, done = {}, {}
open_door()
for _ = 1, number() do
  local id = word()
  local kind, job = read_job(id)
  local answer, told = 'UNKNOWN', ''
  if kind == 'string' then
    answer = 'ENDED'
  elseif kind == 'hash' and job.s == 'running' and call('HGET', key('running', job.o), id) == job.f then
    answer, told = 'RUNNING', job.o
    if not spare_running then
      call('HSET', job_key(id), 'cx', order)
      call('HSET', key('orders', job.o), id, job.f .. ' ' .. order)
      hint(job.o, 'orders')
    end
  elseif kind == 'hash' then
    answer, job.cx = 'OK', order
    leave_queue(id, job)
    give_limits_back(id, job)
    local fence = job.s == 'running' and {'f', int(tonumber(job.f) + 1)} or {}
    finish(id, job, 'cancelled', 'by_user', now, fence)
    done[#done + 1] = id
  end
  replies[#replies + 1], replies[#replies + 2] = answer, told
end
announce('cancel', done)
write_endings(now)
thaw_freed(now)
return replies
