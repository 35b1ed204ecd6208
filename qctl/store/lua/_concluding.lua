-- What the ends of a call's jobs bring about.
--
-- Whatever ends a job lets its dependents go on in the same call, and those that wait for these, up to a bound; jobs whose
-- dependents are not all told yet stand in `unsettled`, where `follow` goes on.
-- uses  _ending _notices _workflow_records _workflows

local moved = {}  -- dependents that wait no more by this call
local write_endings
do
  local FOLLOW_AT_ONCE = 200    -- dependents in one call of a script that ends jobs
  local FOLLOW_BYTES = 4194304  -- of their bodies, in any call
  local STATS_TTL = 172800000   -- ms

  -- A job that has replaced itself by a workflow ends as that did, with its value.
  local function end_as(id, job, workflow, now)
    wait_no_more(id)
    moved[#moved + 1] = id
    local _, record = read_job(workflow)
    local outcome, more = record.oc or 'lost', {'vr', workflow}
    if outcome ~= 'succeeded' then more = {'up', record.up or workflow} end
    if outcome == 'cancelled' then job.cx = job.cx or record.cb end
    finish(id, job, outcome, record.rs or (outcome == 'lost' and 'worker_lost' or ''), now, more)
  end

  local bytes = 0  -- of the bodies of dependents that this call has read

  -- A job has ended that this one waits for; `why` it cannot start any more, if so. One that waits for ends alone can.
  -- Until it goes on, all that says that it waits stays there.
  local function follow_one(id, upstream, why, now)
    local job = live_job(id)
    bytes = bytes + #(job and job.b or '')
    if not job then
      if lose_record(id) ~= 'string' then wait_no_more(id) end
      return
    end
    if job.s ~= 'waiting' or call('SISMEMBER', key('remaining', id), upstream) == 0 then return end
    if job.rp == upstream then return end_as(id, job, upstream, now) end
    if job.aw then why = nil end
    if not why and call('SCARD', key('remaining', id)) > 1 then return call('SREM', key('remaining', id), upstream) end
    local expired = job.ex and tonumber(job.ex) <= now
    if not why and not expired then
      enter(id, job, job.dl and now + tonumber(job.dl) or tonumber(job.et or ''), now, owed, {})
      call('HDEL', job_key(id), 'dl', 'aw')
    end
    wait_no_more(id)
    moved[#moved + 1] = id
    if why then
      finish(id, job, 'skipped', why, now, {'up', upstream})
      remember_skipped(upstream, id)
    elseif expired then
      finish(id, job, 'expired', 'expired', now, {})
    end
  end

  -- Let those go on that wait for one that has ended, `most` of them. Answers how many there were. Who cannot go on for
  -- what somebody has put there stays, and with it the mark.
  local function tell_dependents(ended, most, now)
    local dependents, told = key('dependents', ended.id), {}
    local ids = most > 0 and call('ZRANGE', dependents, 0, most - 1) or {}
    local count = 0
    while count < #ids and bytes < FOLLOW_BYTES do
      count = count + 1
      if endings.attempt(follow_one, ids[count], ended.id, ended.why, now) then told[#told + 1] = ids[count] end
    end
    in_batches('ZREM', dependents, told)
    if call('EXISTS', dependents) == 0 then
      if ended.marked then call('SREM', PREFIX .. 'unsettled', ended.id) end
    elseif not ended.marked then
      call('SADD', PREFIX .. 'unsettled', ended.id)
    end
    return count
  end

  -- Let those go on that wait for what ended in this call, `most` of them. Answers how many more might have gone on.
  local function follow_endings(now, most)
    local place = 1
    while endings.followed[place] do
      local ended = endings.followed[place]
      local done, count = endings.attempt(tell_dependents, ended, most, now)
      if not done then call('SADD', PREFIX .. 'unsettled', ended.id) end
      most, place = most - (done and count or 1), place + 1
    end
    endings.followed = {}
    return most
  end

  -- Let go on what the ends of this call let go on, as dependents and in workflows, up to a bound.
  local function go_on(now, most)
    while #endings.followed > 0 or #endings.steps > 0 do
      most = follow_endings(now, most)
      if #endings.steps > 0 then most = workflows_at(now).walk(most) end
    end
    for queue, count in pairs(owed) do wake(queue, count) end
    announce('follow', moved)
  end

  local function write_counts(at)
    if not next(endings.counts) then return end
    local stats, begun = key('stats', int(math.floor(at / 60000))), false
    for counter, number in pairs(endings.counts) do
      if count_field(stats, counter, number) == number then begun = true end
    end
    if begun then call('PEXPIRE', stats, STATS_TTL) end  -- only where a counter is new can the minute be
    endings.counts = {}
  end

  local tasks = {}  -- of all that ended in this call

  local function write_indexes()
    for task, list in pairs(endings.by_task) do
      in_batches('ZADD', key('ended', task), list)
      call('SADD', PREFIX .. 'tasks', task)
      tasks[task] = true
    end
    in_batches('ZADD', PREFIX .. 'unsuccessful', endings.unsuccessful)
    endings.by_task, endings.unsuccessful = {}, {}
  end

  -- Write the indexes of all that ended, let those go on that wait for it, tell who watches; and write what was counted. The
  -- indexes come first: what stands in none is never forgotten.
  function write_endings(at, most)
    local written, why = pcall(write_indexes)
    if #endings.followed > 0 or #endings.steps > 0 then
      go_on(at, most or FOLLOW_AT_ONCE)
      if written then write_indexes() end
    end
    if not written then error(why, 0) end
    write_counts(at)
    if #endings.ids == 0 then return end
    tell_endings(tasks, at)
    -- Only a hint to who waits: a user without the right to channels must not be left with half of a script.
    redis.pcall('PUBLISH', PREFIX .. 'ended', table.concat(endings.ids, ' '))
  end
end
