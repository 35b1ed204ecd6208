-- Cancelling one job.
-- uses  _ending _limits _workflow_records

local cancelled = {}  -- ids of the jobs that this call ended so
local cancel_one
do
  -- Nothing more starts in a workflow that runs, and its nodes end. Who says so again is the one who did not say it first.
  local function cancel_workflow(id, job, order, spare_running, now)
    if spare_running then return 'RUNNING', '' end
    if not job.cx then
      call('HSET', job_key(id), 'cx', order)
      local flow = workflows_at(now).flows[id]
      if flow then flow.job.cx = order end
    end
    endings.steps[#endings.steps + 1] = {id, 'stop', '0'}
    return 'RUNNING', ''
  end

  -- Cancel a workflow's node that has not been released. True if there is one.
  local function drop_node(id, order, now)
    local workflow, name = node_parts(id)
    -- Copies come into being by their release alone.
    if not workflow or call('HEXISTS', key('nodes', workflow), name) == 0 then return false end
    local w = workflows_at(now)
    local flow = w.flow_of(workflow)
    return flow and w.carefully(flow, w.drop, name, order)
  end

  -- End a job that does not run, or order the worker that runs it to stop it. Answers OK | RUNNING | ENDED | UNKNOWN, and
  -- the worker that was told, or ''. A job that runs by its record alone, whose worker is gone without a trace, ends too.
  function cancel_one(id, order, spare_running, now)
    local kind, job = read_job(id)
    if kind == 'string' then return 'ENDED', '' end
    if kind == 'broken' then
      wait_no_more(id)
      set_aside(id)
      return 'UNKNOWN', ''
    end
    if job.rp then
      local answer, told = cancel_one(job.rp, order, spare_running, now)
      if answer == 'OK' or answer == 'RUNNING' then
        if not spare_running then call('HSET', job_key(id), 'cx', order) end
        return 'RUNNING', told
      end
    end
    if kind == 'hash' and job.s == 'running' and job.w then return cancel_workflow(id, job, order, spare_running, now) end
    if kind == 'hash' and job.s == 'running' and call('HGET', key('running', job.o), id) == job.f then
      local told = job.f .. ' ' .. order
      if not spare_running and call('HGET', key('orders', job.o), id) ~= told then
        call('HSET', job_key(id), 'cx', order)
        call('HSET', key('orders', job.o), id, told)
        hint(job.o, 'orders')
      end
      return 'RUNNING', job.o
    end
    if kind == 'none' and drop_node(id, order, now) then
      cancelled[#cancelled + 1] = id
      return 'OK', ''
    end
    if kind ~= 'hash' then return 'UNKNOWN', '' end
    job.cx = order
    leave_queue(id, job)
    give_limits_back(id, job)
    local fence = job.s == 'running' and {'f', int(tonumber(job.f) + 1)} or {}
    finish(id, job, 'cancelled', 'by_user', now, fence)
    cancelled[#cancelled + 1] = id
    return 'OK', ''
  end
end
