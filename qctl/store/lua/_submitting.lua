-- Taking new jobs.
-- uses  _ending _limits _plans

local now = server_ms()
local taken, tokens = {}, {}  -- ids of the jobs that this call took, and the wake-up tokens that their queues are owed
local KEEP_RECENT = 10000
local read_submission, take, welcome
do
  local function known(id, body)
    local kind, job = read_job(id)
    if kind == 'none' then return nil end
    if job.b == body then return 'EXISTS' end
    return 'COLLISION'
  end

  -- One that has replaced itself by a workflow goes on with that.
  local function is_under_way(job) return job.s == 'running' or job.rp ~= nil end

  local function withdraw(id)
    local kind, job = read_job(id)
    if kind ~= 'hash' or is_under_way(job) then return end
    leave_queue(id, job)
    finish(id, job, 'cancelled', 'by_user', now, {})
  end

  -- The job that has the user's key, unless it is to give way; then, as a second answer, the one that is to be withdrawn.
  local function holder_of(name, id, if_exists)
    if name == '' or if_exists == 'move' then return nil end
    local holder = call('GET', key('key', name))
    if not holder or holder == id or call('EXISTS', job_key(holder)) == 0 then return nil end
    if if_exists == 'replace' then return nil, holder end
    return holder
  end

  -- The active job that stands in the way of another of this name; not one that is to be replaced, unless it runs, nor
  -- one whose end, however it comes, is waited for anyway.
  local function only_one(name, id, replaced, settled)
    local other = name ~= '' and active_holder(name)
    if not other or other == id or settled and settled[other] then return nil end
    local job = other == replaced and live_job(other)
    if job and not is_under_way(job) then return nil end
    return other
  end

  -- How it stands with the jobs that one is to wait for: `awaited` those that have not ended; of those that did not
  -- succeed, `id` the first and `why` the reason that it is; `unknown` an id that no job has. Where only their ends matter,
  -- neither is an obstacle.
  local NOBODY = {awaited = {}}
  local function standing_of(upstreams, settled)
    if #upstreams == 0 then return NOBODY end
    local found = {awaited = {}}
    for _, id in ipairs(upstreams) do
      local kind, job = read_job(id)
      if kind == 'hash' then
        found.awaited[#found.awaited + 1] = id
      elseif not settled and (kind == 'none' or kind == 'broken') then
        return {unknown = id}
      elseif not settled and not found.why then
        found.id, found.why = id, obstacle(job.oc, job.rs)
      end
    end
    return found
  end

  -- `standing`: how it stands with the jobs that it is to wait for.
  local function write_job(one, job, standing)
    local id, delay, due = one.id, one.delay, one.due
    call('LPUSH', PREFIX .. 'recent', id)
    if one.plan then
      job.w = one.plan.main
      plans.keep(id, one.plan)
    end
    if job.uq and not standing.why then call('SET', key('unique', job.uq), id) end
    if job.sk and not standing.why then call('SET', key('secret', id), one.secrets) end
    local fields = {}
    for name, value in pairs(job) do fields[#fields + 1], fields[#fields + 2] = name, value end
    if standing.why then
      job.s = 'waiting'
      finish(id, job, 'skipped', standing.why, now, {'up', standing.id})
    elseif #standing.awaited > 0 then
      if delay then
        fields[#fields + 1], fields[#fields + 2] = 'dl', int(delay)
      elseif due then
        fields[#fields + 1], fields[#fields + 2] = 'et', int(due)
      end
      await(id, standing.awaited, fields)
    else
      enter(id, job, delay and now + delay or due, now, tokens, fields)
    end
    if job.sd and not standing.why then enter_active(id, job.sd) end
  end

  -- One submission, as `submit` tells it. What its words mean is said here alone.
  function read_submission()
    local one = {id = word(), task = word(), queue = word(), priority = word(), body = word(),
      delay = number(), due = number(), expires = number(), name = word(), lifetime = word(), if_exists = word(),
      unique = word(), most = number(), secrets = word(), upstreams = {}, plan = nil}
    for place = 1, number() do one.upstreams[place] = word() end
    local main = word()
    if main ~= '' then one.plan = plans.read(main) end
    return one
  end

  -- Take one job, or say what stands in its way: two words, as `submit` answers them. `terms` may hold `schedule`, the name
  -- of the schedule of whose active jobs it is to be one, `settled`, by id the jobs whose ends it waits for, however they
  -- come, and `leaving`, how many jobs will give their place in its queue to it.
  function take(terms, one)
    local id, plan = one.id, one.plan
    local answer = known(id, one.body)
    if answer then return answer, id end
    if plan and plans.is_taken(id, plan) or plans.is_of_node(id) then return 'COLLISION', id end
    local holder, replaced = holder_of(one.name, id, one.if_exists)
    if holder then return (one.if_exists == 'fail') and 'REFUSED' or 'HELD', holder end
    local other = only_one(one.unique, id, replaced, terms.settled)
    if other then return 'UNIQUE', other end
    local length = full_length(one.queue, one.most, terms.leaving)
    if length then return 'FULL', length end
    local standing = standing_of(one.upstreams, terms.settled)
    if standing.unknown then return 'NO_UPSTREAM', standing.unknown end
    if plan and not plans.is_whole(id, plan) then return 'NO_PLAN', id end
    local job = {t = one.task, q = one.queue, p = one.priority, b = one.body, at = int(now)}
    job.ex = one.expires and int(now + one.expires) or nil
    job.uq = one.unique ~= '' and one.unique or nil
    job.sk = one.secrets ~= '' and '1' or nil
    job.sd = terms.schedule
    job.aw = #standing.awaited > 0 and terms.settled and 'settled' or nil
    write_job(one, job, standing)
    if replaced then withdraw(replaced) end
    if one.name ~= '' then call('SET', key('key', one.name), id, 'PX', one.lifetime) end
    taken[#taken + 1] = id
    return 'NEW', id
  end

  -- What the jobs that were taken in this call bring with them.
  function welcome(verb)
    if #taken == 0 then return end
    call('LTRIM', PREFIX .. 'recent', 0, KEEP_RECENT - 1)
    for queue, count in pairs(tokens) do wake(queue, count) end
    announce(verb, taken)
  end
end
