-- Limits over all workers. A limit is one thing that jobs compete for:
--   task:<task>   queue:<queue>   lock:<lock>      `held:<limit>` is the set of ids that have it
--   rate:<task>   queuerate:<queue>                `starts:<limit>` holds when attempts were given out, as id:fence
-- All limits are checked before any is taken; they hold sets of ids, never counts. A job whose task is at a limit is
-- parked in that limit's own set, in its order, and comes back when the limit frees; a queue at a limit is not claimed.
-- uses  _ending _rules

local THAWED_AT_ONCE = 200    -- parked jobs that come back in one call, of each limit
local full_length, thaw_at, park, leave_queue, held_by, take_limits, pause_stands, room_of, active_holder,
  give_limits_back, give_start_back, rouse, thaw, thaw_freed
do
  local SLACK = 120             -- ms from the claim to the start of an attempt, at most: what waits longer for a slot is
                                -- given back. Windows are counted longer by it
  local THAW_EVERY = 60000      -- ms; whatever else wakes them, parked jobs are looked at so often
  local TAKEN_WITHIN = 1000     -- ms; who has come back for a place and has not taken it by then leaves it to the next one:
                                -- its queue may be paused, another limit hold it, its record be gone

  -- How many jobs may wait in a queue, if so many do already: the lower of `most`, which may be nil, and its rule. So many
  -- as are `leaving` do not count.
  function full_length(queue, most, leaving)
    local rule = rule_of('queue:' .. shared_queue(queue))
    if rule and rule.length then most = math.min(most or rule.length, rule.length) end
    if not most then return nil end
    return call('ZCARD', key('ready', queue)) + call('SCARD', key('parkedin', queue)) - (leaving or 0) >= most and int(most) or nil
  end

  -- How many more may have a limit of `most`. An entry whose job does not run any more (somebody removed its record) is
  -- taken out when it is met, one a call.
  local function free_places(limit, most)
    local held = key('held', limit)
    local free = most - call('SCARD', held)
    if free > 0 then return free end
    local id = call('SRANDMEMBER', held)
    if id and call('TYPE', job_key(id)).ok ~= 'hash' or id and call('HGET', job_key(id), 's') ~= 'running' then
      call('SREM', held, id)
      free = free + 1
    end
    return free
  end

  -- How many attempts may start now, and when the next one after those may.
  local function free_starts(limit, rule, now)
    local starts = key('starts', limit)
    local window = rule.window + SLACK
    call('ZREMRANGEBYSCORE', starts, '-inf', int(now - window))
    local given = call('ZCARD', starts)
    local free = math.max(0, rule.starts - given)
    local place = math.max(0, given - rule.starts)
    local oldest = tonumber(call('ZRANGE', starts, place, place, 'WITHSCORES')[2] or now)
    if oldest > now then  -- the clock was set back: they were given by now
      for _, attempt in ipairs(call('ZRANGEBYSCORE', starts, int(now), '+inf')) do call('ZADD', starts, int(now), attempt) end
      oldest = now
    end
    return free, oldest + window + 1
  end

  local function take_start(limit, rule, id, fence, now)
    local starts = key('starts', limit)
    call('ZADD', starts, int(now), id .. ':' .. fence)
    call('PEXPIRE', starts, int(rule.window + SLACK + 1000))
  end

  -- Look again at a limit's parked jobs at this time.
  function thaw_at(limit, at)
    local before = call('ZSCORE', PREFIX .. 'thaw', limit)
    if not before or tonumber(before) > at then call('ZADD', PREFIX .. 'thaw', int(at), limit) end
  end

  -- Whoever cannot be parked, as somebody has put something else in such a place, leaves nothing behind that a look at the limit
  -- does not clear away.
  function park(id, job, limit, at, now)
    thaw_at(limit, at or now + THAW_EVERY)
    call('ZADD', key('parked', limit), job.sc, id)
    call('SADD', key('parkedin', job.q), id)
    call('HSET', job_key(id), 'pk', limit)
  end

  -- A job that does not run leaves whatever it stands in.
  function leave_queue(id, job)
    if job.s == 'waiting' then return wait_no_more(id) end
    call('ZREM', key('ready', job.q), id)
    call('ZREM', PREFIX .. 'scheduled', id)
    if job.pk then
      call('ZREM', key('parked', job.pk), id)
      call('SREM', key('parkedin', job.q), id)
    end
  end

  local MOST_THAWED = 1000       -- the same of all limits together …
  local THAWED_BYTES = 4194304   -- … and of their bodies, so that they do not hold the server up
  local thawed, thawed_bytes = 0, 0

  -- Let the first parked jobs of a limit come back to their old places, `most` of them. Answers how many stay.
  local function unpark(limit, most)
    local parked, tokens = key('parked', limit), {}
    most = math.min(most, THAWED_AT_ONCE, MOST_THAWED - thawed)
    if most > 0 then
      for _, id in ipairs(call('ZRANGE', parked, 0, most - 1)) do
        if thawed_bytes >= THAWED_BYTES then break end
        local job = live_job(id)
        thawed, thawed_bytes = thawed + 1, thawed_bytes + #(job and job.b or '')
        if not job then lose_record(id) end
        if job and job.s == 'queued' and job.pk == limit then
          make_ready(id, job.q, tonumber(job.sc))
          call('HDEL', job_key(id), 'pk')
          call('SREM', key('parkedin', job.q), id)
          tokens[job.q] = (tokens[job.q] or 0) + 1
        end
        call('ZREM', parked, id)
      end
    end
    for queue, count in pairs(tokens) do wake(queue, count) end
    return call('ZCARD', parked)
  end

  -- Whether the first job that is parked behind a lock is of a task that has this lock by today's rules.
  local function still_locked(limit, lock)
    local first = call('ZRANGE', key('parked', limit), 0, 0)[1]
    local job = first and live_job(first)
    local rule = job and rule_of('task:' .. job.t)
    for _, name in ipairs(rule and rule.locks or {}) do
      if name == lock then return true end
    end
    return not job
  end

  -- The places that a limit has now, by today's rules.
  local function places(limit, now)
    local kind, name = string.match(limit, '^(%w+):(.*)$')
    if kind == 'lock' then
      if not still_locked(limit, name) then return math.huge end
      return free_places(limit, 1)
    end
    if kind == 'rate' then
      local rule = rule_of('task:' .. name)
      if not (rule and rule.starts) then return math.huge end
      return free_starts(limit, rule, now)
    end
    local rule = rule_of(limit)
    if not (rule and rule.running) then return math.huge end
    return free_places(limit, rule.running)
  end

  -- What a task's rule lets a job do: nil if it may run, else the limit that holds it, and when to look again if the time
  -- is known. Changes nothing.
  function held_by(job, now)
    local rule = rule_of('task:' .. job.t)
    if not rule then return nil end
    if rule.running and free_places('task:' .. job.t, rule.running) <= 0 then return 'task:' .. job.t end
    for _, lock in ipairs(rule.locks or {}) do
      if free_places('lock:' .. lock, 1) <= 0 then return 'lock:' .. lock end
    end
    if rule.starts then
      local free, at = free_starts('rate:' .. job.t, rule, now)
      if free <= 0 then return 'rate:' .. job.t, at end
    end
  end

  -- Take every limit that a job which is about to run is under. Answers their names as they stand in the job, or nil.
  function take_limits(id, job, fence, now)
    local name = shared_queue(job.q)
    local task, queue = rule_of('task:' .. job.t), rule_of('queue:' .. name)
    if not (task or queue) then return nil end
    local names = {}
    if task and task.running then names[#names + 1] = 'task:' .. job.t end
    for _, lock in ipairs(task and task.locks or {}) do names[#names + 1] = 'lock:' .. lock end
    if queue and queue.running then names[#names + 1] = 'queue:' .. name end
    for _, name in ipairs(names) do call('SADD', key('held', name), id) end
    if task and task.starts then take_start('rate:' .. job.t, task, id, fence, now) end
    if queue and queue.starts then take_start('queuerate:' .. name, queue, id, fence, now) end
    return #names > 0 and table.concat(names, ' ') or nil
  end

  local pauses

  -- Whether a pause stands under this name, and its time is not over.
  function pause_stands(name, now)
    pauses = pauses or as_table(call('HGETALL', PREFIX .. 'paused'))
    local order = pauses[name] and cjson.decode(pauses[name])
    return order and (not order['until'] or order['until'] > now)
  end

  -- How many jobs of a queue may be claimed: its own limits, and whether somebody has paused it.
  function room_of(name, now)
    local queue = shared_queue(name)
    if pause_stands(queue, now) or pause_stands('*', now) then return 0 end
    local rule = rule_of('queue:' .. queue)
    if not rule then return math.huge end
    local room = math.huge
    if rule.running then room = free_places('queue:' .. queue, rule.running) end
    if rule.starts then
      local free, at = free_starts('queuerate:' .. queue, rule, now)
      if free <= 0 then thaw_at('queuerate:' .. queue, at) end
      room = math.min(room, free)
    end
    return room
  end

  -- The active job that is the only one of this name, or nil.
  function active_holder(name)
    local id = call('GET', key('unique', name))
    if not id or call('TYPE', job_key(id)).ok ~= 'hash' then return nil end
    return id
  end

  local freed = {}  -- limits that were given back in this call

  -- A job does not run any more: what it held is free.
  function give_limits_back(id, job)
    if not job.h then return end
    for limit in string.gmatch(job.h, '%S+') do
      call('SREM', key('held', limit), id)
      freed[limit] = true
    end
  end

  -- An attempt was given out and never began: its start did not happen.
  function give_start_back(id, job)
    for _, limit in ipairs({'rate:' .. job.t, 'queuerate:' .. shared_queue(job.q)}) do
      if call('ZREM', key('starts', limit), id .. ':' .. job.f) == 1 then thaw_at(limit, 0) end
    end
  end

  -- A queue may be claimed again, or all of them: wake a worker for each. True if anything waits there.
  function rouse(name)
    local any = false
    for _, queue in ipairs(call('SMEMBERS', PREFIX .. 'queues')) do
      if (name == '*' or shared_queue(queue) == name) and call('EXISTS', key('ready', queue)) == 1 then
        wake(queue, 1)  -- who finds more than he can take wakes the next one
        any = true
      end
    end
    return any
  end

  -- A limit may have room: let as many of its parked jobs come back, and say when to look again. True if any came back.
  function thaw(limit, now)
    local kind, name = string.match(limit, '^(%w+):(.*)$')
    local parked, left, free, at = 0, 0, nil, nil
    if kind ~= 'queue' and kind ~= 'queuerate' and kind ~= 'nobody' then parked = call('ZCARD', key('parked', limit)) end
    if parked > 0 then
      free, at = places(limit, now)
      left = unpark(limit, free)
    end
    call('ZREM', PREFIX .. 'thaw', limit)  -- not before they have come back: if they cannot, they are looked at again
    if kind == 'queue' or kind == 'queuerate' then return rouse(name) end
    if left > 0 then
      -- Many come back in several calls; of a rate the time is known; else whoever frees a place says so.
      local look = at or now + THAW_EVERY
      if free > 0 then look = free > parked - left and now or math.min(look, now + TAKEN_WITHIN) end
      thaw_at(limit, look)
    end
    return left < parked
  end

  -- Let those come back who waited for what was freed in this call, or behind a job that came back itself and then did
  -- not run.
  function thaw_freed(now)
    for task in pairs(endings.unrun) do
      local rule = rule_of('task:' .. task)
      if rule then
        freed['task:' .. task], freed['rate:' .. task] = true, true
        for _, lock in ipairs(rule.locks or {}) do freed['lock:' .. lock] = true end
      end
    end
    for limit in pairs(freed) do thaw(limit, now) end
  end
end
