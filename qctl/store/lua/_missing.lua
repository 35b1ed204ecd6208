-- Jobs that the worker which claimed them cannot run. Those whose task it does not have are parked under `nobody:<task>`,
-- those whose record has a later form than it reads under `nobody:form <form>`, out of everybody's way, and `missing` names
-- what is missing. A worker takes from there what it has.
-- uses  _ending _limits

local park_as_missing, take_missing, later_form
do
  local MISSING_FOR_GOOD = 3600000  -- ms after the submit; a rollout of new tasks may take as long
  local MISSING_TASKS = 20          -- looked at in one claim
  local PAGE = 100                  -- of a task's jobs: so many of the first ones are looked at, and as many others

  local catalogs = {}

  -- What a worker can run, by name.
  local function catalog_of(worker)
    local digest = call('HGET', key('worker', worker), 'catalog')
    if not digest then return {} end
    if not catalogs[digest] then
      local text = call('GET', key('catalog', digest))
      catalogs[digest] = text and cjson.decode(text) or {}
    end
    return catalogs[digest]
  end

  -- The form of a job's record, if it is later than `reads`: no worker that reads less may run it. The body is opaque but
  -- for this, which stands first in it.
  function later_form(job, reads)
    if string.sub(job.b, 1, 8) ~= '{"form":' then return nil end
    local form = string.match(job.b, '^{"form":(%d+),')
    return form and tonumber(form) > reads and form or nil
  end

  local function has(worker, what)
    local form = string.match(what, '^form (%d+)$')
    if form then return tonumber(call('HGET', key('worker', worker), 'reads') or '1') >= tonumber(form) end
    return catalog_of(worker)[what]
  end

  -- A worker whose code is not there yet does not know all that it has.
  local function still_imports(worker)
    local readable, about = pcall(cjson.decode, call('HGET', key('worker', worker), 'about') or '')
    return readable and type(about) == 'table' and about.importing == true
  end

  local function anybody_has(what)
    for _, worker in ipairs(call('ZRANGE', PREFIX .. 'workers', 0, 999)) do
      if has(worker, what) or still_imports(worker) then return true end
    end
    return false
  end

  -- `what`: a task, or `form <form>`.
  function park_as_missing(id, job, what, now)
    call('SADD', PREFIX .. 'missing', what)
    park(id, job, 'nobody:' .. what, nil, now)
    wake(job.q, 1)
  end

  -- End those that have waited for too long for a task which nobody has.
  local function give_up(task, now)
    local parked = key('parked', 'nobody:' .. task)
    local first = call('ZRANGE', parked, 0, 0)[1]
    local job = first and live_job(first)
    if job and tonumber(job.at) + MISSING_FOR_GOOD > now or anybody_has(task) then return end
    for _, id in ipairs(call('ZRANGE', parked, 0, THAWED_AT_ONCE - 1)) do
      local job = live_job(id)
      if not job then
        call('ZREM', parked, id)
        lose_record(id)
      elseif tonumber(job.at) + MISSING_FOR_GOOD <= now then
        leave_queue(id, job)
        finish(id, job, 'failed', 'unknown_task', now, {})
      end
    end
  end

  -- Look at a page of a task's jobs. Answers how many of them stay there, or nil: that is enough.
  local function look_at(parked, from, act)
    local ids = call('ZRANGE', parked, from, from + PAGE - 1)
    local before = call('ZCARD', parked)
    for _, id in ipairs(ids) do
      local job = live_job(id)
      if not (job and job.s == 'queued' and job.pk) then
        call('ZREM', parked, id)
        if not job then lose_record(id) end
      elseif not act(id, job) then
        return nil
      end
    end
    return #ids - before + call('ZCARD', parked)
  end

  -- The first jobs of a task, then those behind them. Where some of the first ones stay, they may be of a queue that the
  -- worker does not read: then each of its turns looks at others.
  local function look_through(parked, turn, act)
    local stay = look_at(parked, 0, act)
    local others = stay and call('ZCARD', parked) - stay or 0
    if others <= 0 then return stay end
    return look_at(parked, stay == 0 and 0 or stay + turn % math.ceil(others / PAGE) * PAGE, act)
  end

  -- For each job that waits for a task which this worker has: `act(id, job)`. It answers whether to go on. Of many tasks, and
  -- of many jobs of one, each call looks at others, so that none is always left out.
  function take_missing(worker, turn, now, act)
    for _, task in ipairs(call('SRANDMEMBER', PREFIX .. 'missing', MISSING_TASKS)) do
      local parked = key('parked', 'nobody:' .. task)
      if call('EXISTS', parked) == 0 then
        call('SREM', PREFIX .. 'missing', task)
      elseif not has(worker, task) then
        give_up(task, now)
      elseif not look_through(parked, turn, act) then
        return
      end
    end
  end
end
