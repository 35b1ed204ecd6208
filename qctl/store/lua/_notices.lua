-- Notices: what those are to be told who watch a task.
--
-- Workers declare with their rules, as 'notify:<task>', who watches a task: JSON {tell = {<name> = {on = [...], again}}},
-- `again` the ms after which a trouble that lasts is told once more. What happens is judged here, in the script in which
-- it happens, and a notice is kept in `notices:<name>` until a worker that has [notify.<name>] makes a job of it, in one
-- script. `notify_names` are the names for which any is kept.
-- `told:<subject>` holds, by '<trouble> <name>', since when a trouble lasts and when it was told last; the subject is
-- the job's schedule, or its task.
-- uses  _ending _rules

local NAMES = PREFIX .. 'notify_names'
local TELLING_WINDOW = 3600000
local NOTICE_AGE = 86400000   -- ms after which a notice is dropped that no worker could tell
local tell_endings
local keep_notice, drop_notice, read_notice, remember_told, tell_start, tell_occurrences
do
  local LATE = 60000            -- ms after its time at which a scheduled job is late
  local MOST_TOLD = 20          -- notices of one name in an hour; of more than these, their number is told
  local NOTICE_TTL = 604800000
  local KEEP_NOTIFIED = 20      -- notices of one job that its report tells of
  local NOTIFIED_TTL = 2592000000
  local TOLD_TTL = 8640000000   -- ms; a task that runs once in three months is remembered

  local NOT_RUN = {missed = true, ['skipped:deadline'] = true, ['skipped:queue-full'] = true, ['skipped:broken'] = true}

  -- Its text is a number, and what it tells: no two are the same, and those of one instant stand in their order.
  function keep_notice(name, notice, due)
    local kept = key('notices', name)
    notice.n = name
    call('ZADD', kept, int(due), string.format('%016.0f ', next_place()) .. cjson.encode(notice))
    call('SADD', NAMES, name)
    call('PEXPIRE', kept, NOTICE_TTL)
    call('PEXPIRE', NAMES, NOTICE_TTL)
  end

  function drop_notice(name, text)
    call('ZREM', key('notices', name), text)
    if call('EXISTS', key('notices', name)) == 0 then call('SREM', NAMES, name) end
  end

  -- What a notice tells, or nil for what somebody wrote by hand.
  function read_notice(text)
    local readable, notice = pcall(cjson.decode, string.sub(text, 18))
    return readable and type(notice) == 'table' and notice.n and notice or nil
  end

  -- For the report of the job that a notice told of: who was told of it, when, why, and by which job.
  function remember_told(notice, by, now)
    local notified = key('notified', notice.j)
    local said = call('RPUSH', notified, int(now) .. ' ' .. notice.o .. ' ' .. notice.n .. ' ' .. by)
    if said > KEEP_NOTIFIED then call('LTRIM', notified, -KEEP_NOTIFIED, -1) end
    call('PEXPIRE', notified, NOTIFIED_TTL)
  end

  -- Those of a flood are only counted; when its hour is over, one notice tells how many.
  local function push_notice(name, notice, now)
    local sent, more = key('sent', name), key('more', name)
    local count = count_up(sent, 1, 0)
    if count == 1 then call('PEXPIRE', sent, TELLING_WINDOW) end
    if count <= MOST_TOLD then return keep_notice(name, notice, now) end
    if count_up(more, 1, 0) == 1 then keep_notice(name, {o = 'flood'}, now + math.max(0, call('PTTL', sent))) end
    call('PEXPIRE', more, NOTICE_TTL)
  end

  local function wants(how, occasion)
    for _, each in ipairs(how.on) do
      if each == occasion then return true end
    end
    return false
  end

  -- A trouble is there. Answers since when it lasts, in ms, if it is to be told now: when it begins, and again after a while.
  local function begin_trouble(subject, trouble, name, how, now)
    local told, field = key('told', subject), trouble .. ' ' .. name
    local since, last = string.match(call('HGET', told, field) or '', '^(%d+) (%d+)$')
    if since and not (how.again and now - tonumber(last) >= how.again) then return nil end
    since = since or int(now)
    call('HSET', told, field, since .. ' ' .. int(now))
    call('PEXPIRE', told, TOLD_TTL)
    return since
  end

  -- It is over. Answers since when it has lasted, if it was told.
  local function end_trouble(subject, trouble, name)
    local told, field = key('told', subject), trouble .. ' ' .. name
    local since = call('HGET', told, field)
    if not since then return nil end
    call('HDEL', told, field)
    return string.match(since, '^%d+')
  end

  do
    local function has_output(id, job)
      for _, attempt in ipairs(kept_attempts(job)) do
        if call('EXISTS', key('log', id .. ':' .. attempt)) == 1 then return true end
      end
      return false
    end

    -- Which notice the end of a job is for one name, and since when; nil if it is none.
    local function occasion_of_end(id, job, name, how, now)
      local subject, outcome = job.sd or job.t, job.oc
      if outcome == 'succeeded' then
        local since = end_trouble(subject, 'fail', name)
        if since and wants(how, 'recover') then return 'recover', since end
      elseif FAILURES[outcome] then
        -- It begins also for who is told of its end alone.
        local told = wants(how, 'fail')
        local since = (told or wants(how, 'recover')) and begin_trouble(subject, 'fail', name, how, now)
        if since and told then return 'fail', since end
      elseif outcome == 'expired' then
        -- A scheduled one that was not started in time: its occurrence did not run.
        local since = job.sd and wants(how, 'missed') and begin_trouble(subject, 'expired', name, how, now)
        return since and 'missed' or nil, since
      else
        return nil
      end
      if wants(how, 'output') and has_output(id, job) then return 'output' end
    end

    -- Called once by whatever ends jobs, with all that ended in this call, and their tasks: one look at the rules tells whether
    -- any of these is watched.
    function tell_endings(ended, now)
      local tasks, scopes, watched = {}, {}, nil
      for task in pairs(ended) do
        tasks[#tasks + 1], scopes[#scopes + 1] = task, 'notify:' .. task
      end
      for place, text in ipairs(call('HMGET', RULES, unpack(scopes))) do
        if text then
          watched = watched or {}
          watched[tasks[place]] = cjson.decode(text).tell
        end
      end
      if not watched then return end
      for place, job in ipairs(endings.jobs) do
        local id = endings.ids[place]
        for name, how in pairs(watched[job.t] or {}) do
          local occasion, since = occasion_of_end(id, job, name, how, now)
          if occasion then
            push_notice(name, {o = occasion, t = job.t, s = job.sd or job.t, j = id, at = int(now), si = since}, now)
          end
        end
      end
    end
  end

  local function watchers_of(task)
    local rule = rule_of('notify:' .. task)
    return rule and rule.tell or {}
  end

  -- A scheduled job starts for the first time: is it late, measured from when it was to be queued? One that was fired late
  -- has been told of.
  function tell_start(id, job, now)
    local late = now - math.max(tonumber(job.at), tonumber(job.et or '0')) > LATE
    for name, how in pairs(watchers_of(job.t)) do
      end_trouble(job.sd, 'expired', name)
      if not late and not job.lt then
        end_trouble(job.sd, 'late', name)
      elseif late and not job.lt and wants(how, 'late') then
        local since = begin_trouble(job.sd, 'late', name, how, now)
        if since then
          push_notice(name, {o = 'late', t = job.t, s = job.sd, j = id, at = int(now), si = since}, now)
        end
      end
    end
  end

  -- What the rows that `fire` has written say: how many occurrences did not run though they should have, from which to which
  -- and why; and those that were fired, the oldest first. Rows are tables with `at`, `ends`, `job`, `count` and `rest`.
  local function summary_of(rows)
    local missed, fired = nil, {}
    for _, row in ipairs(rows) do
      if NOT_RUN[row.ends] then
        missed = missed or {count = 0, first = string.match(row.rest, '"since":(%d+)') or row.at}
        missed.count, missed.last, missed.reason = missed.count + row.count, row.at, row.ends
      elseif row.ends == 'fired' then
        fired[#fired + 1] = row
      end
    end
    return missed, fired
  end

  -- For `fire`, when the rows of one schedule have been written; `due` is the time of the last of them in ms, with its
  -- jitter. One notice at most for each name: of several runs that are made up for, the oldest says how late they are.
  function tell_occurrences(schedule, task, rows, due, now)
    local watchers = watchers_of(task)
    if not next(watchers) or #rows == 0 then return end
    local missed, all_fired = summary_of(rows)
    local fired = all_fired[1]
    local offset = math.max(0, due - tonumber(rows[#rows].at))
    local late = fired and now - (tonumber(fired.at) + offset) > LATE
    for _, row in ipairs(late and all_fired or {}) do
      if call('TYPE', job_key(row.job)).ok == 'hash' then call('HSET', job_key(row.job), 'lt', '1') end
    end
    for name, how in pairs(watchers) do
      local notice = {t = task, s = schedule, at = int(now), j = fired and fired.job}
      if fired and not missed then end_trouble(schedule, 'missed', name) end
      if fired and not late then end_trouble(schedule, 'late', name) end
      if missed and wants(how, 'missed') then
        notice.o, notice.c, notice.r = 'missed', int(missed.count), missed.reason
        notice.i, notice.l, notice.si = missed.first, missed.last, begin_trouble(schedule, 'missed', name, how, now)
      elseif late and wants(how, 'late') then
        notice.o, notice.i, notice.si = 'late', fired.at, begin_trouble(schedule, 'late', name, how, now)
      end
      if notice.si then push_notice(name, notice, now) end
    end
  end
end
