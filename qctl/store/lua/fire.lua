-- fire: nothing -> waiting | scheduled | queued | running (a workflow). Carry out what a beat has decided of schedules:
--       rows of the ledger, the jobs that they start, and a new cursor, all of it or nothing.
-- uses  _cancelling _concluding _limits _notices _plans _scheduling _submitting
-- KEYS  1 door   2 beats
-- ARGV  1 beat   2 n, then n times: schedule, generation, cursor, new cursor, due, host and boot id or '' each, 1 if
--       somebody asked for this run by hand,  n, then n ids of active jobs,  n, then n ids of jobs to be cancelled,
--       the order for that (JSON),
--       n, then n rows: instant, end, job or '', how many it stands for, the rest of it (JSON),
--       n, then n runs: a submission as `submit` has it; those that it waits for need only end
-- reply server time in ms, live beats, then n times: OK | UNKNOWN | DRIFT | STALE | EARLY, the schedule as it is now,
--       the rows as they were written
-- The cursor is what keeps an instant from being fired twice, also by the same call sent again; of a run by hand it is
-- the id of its job. The first write of each needs memory, as submit's does.
local beat = word()
local beats = live_beats(now)
local reply = {int(now), beats}

local function read_list()
  local list = {}
  for i = 1, number() do list[i] = word() end
  return list
end

local function read_firing()
  local one = {rows = {}, runs = {}}
  one.name, one.generation, one.cursor, one.new_cursor, one.due = word(), word(), word(), word(), number()
  one.host, one.boot, one.manual = word(), word(), number() == 1
  one.active, one.replaced, one.order = read_list(), read_list(), word()
  for i = 1, number() do
    one.rows[i] = {at = word(), ends = word(), job = word(), count = number(), rest = word()}
  end
  for i = 1, number() do one.runs[i] = read_submission() end
  return one
end

local is_known, refusal
do
  local function same_ids(some, others)
    if #some ~= #others then return false end
    local known_ids = as_set(others)
    for _, id in ipairs(some) do
      if not known_ids[id] then return false end
    end
    return true
  end

  function is_known(runs)
    for _, run in ipairs(runs) do
      if call('EXISTS', job_key(run.id)) == 1 then return true end
    end
    return false
  end

  -- Whether a workflow's nodes are not all there, or its id is not free: it has to be sent anew, all of it.
  local function is_incomplete(runs)
    for _, run in ipairs(runs) do
      local id, plan = run.id, run.plan
      if plan and call('EXISTS', job_key(id)) == 0 and (not plans.is_whole(id, plan) or plans.is_taken(id, plan)) then return true end
    end
    return false
  end

  -- Why a firing is not carried out, or nil. Changes nothing. What somebody disabled after the decision starts nothing.
  function refusal(one, state)
    if not state.gen then return 'UNKNOWN' end
    if is_incomplete(one.runs) then return 'STALE' end
    if one.manual then return nil end
    if state.gen ~= one.generation then return 'DRIFT' end
    if state.cursor ~= one.cursor then return 'STALE' end
    local found
    found, one.unfounded = active_jobs(one.name)
    if not same_ids(one.active, found) then return 'STALE' end
    if one.boot ~= '' and state['boot ' .. one.host] == one.boot then return 'STALE' end
    if #one.runs > 0 and (disabling_order(state, now) or is_known(one.runs)) then return 'STALE' end
    if one.due > now then return 'EARLY' end
  end
end

local leave_out_fired
do
  -- The job of an instant that was fired before the clock was set back, and does not come once more; else nil.
  local function fired_before(one, row, state)
    local at = tonumber(row.at)
    if row.count > 1 or at > tonumber(state.passed) or at <= tonumber(state.again or '0') then return nil end
    for _, text in ipairs(call('ZRANGEBYSCORE', key('ledger', one.name), row.at, row.at)) do
      local readable, said = pcall(cjson.decode, text)
      if readable and type(said) == 'table' and said['end'] == 'fired' and not said.manual then return said.job or '' end
    end
  end

  -- Leave out the runs that `fired` names by id. Who was to wait for one waits for those that it was to wait for.
  local function leave_runs_out(one, fired)
    local runs, instead = {}, {}
    for _, run in ipairs(one.runs) do
      local upstreams = {}
      for _, id in ipairs(run.upstreams) do
        for _, heir in ipairs(instead[id] or {id}) do upstreams[#upstreams + 1] = heir end
      end
      run.upstreams = upstreams
      if fired[run.id] then instead[run.id] = upstreams else runs[#runs + 1] = run end
    end
    one.runs = runs
  end

  -- Leave out what was fired in an earlier turn. For what was to merge with such a run stands the one that there was.
  function leave_out_fired(one, state)
    local rows, fired, last = {}, {}, one.rows[#one.rows]
    for _, row in ipairs(one.rows) do
      local job = fired_before(one, row, state)
      if job and row.ends == 'fired' then fired[row.job] = job end
      if not job then rows[#rows + 1] = row end
    end
    if #rows == #one.rows then return end
    for _, row in ipairs(rows) do row.job = fired[row.job] or row.job end
    if #rows > 0 then one.due = one.due - (tonumber(last.at) - tonumber(rows[#rows].at)) end
    one.rows = rows
    leave_runs_out(one, fired)
  end
end

-- How many of the jobs that are to be replaced stand in a queue.
local function leaving_from(queue, ids)
  local count = 0
  for _, id in ipairs(ids) do
    local job = live_job(id)
    if job and job.s == 'queued' and job.q == queue then count = count + 1 end
  end
  return count
end

-- Take a firing's jobs; what they replace is stopped only when one of them is taken. Answers by id what became of those that were not taken: an end, and the job in the way or ''.
local function start(one)
  local fates, paused = {}, not one.manual and pause_stands('*', now)
  local replaced = one.replaced
  for _, run in ipairs(one.runs) do
    local id, upstreams = run.id, run.upstreams
    if paused then
      fates[id] = {'skipped:paused', ''}
    else
      local terms = {schedule = not one.manual and one.name or nil, settled = #upstreams > 0 and as_set(upstreams) or nil,
        leaving = leaving_from(run.queue, replaced)}
      local answer, about = take(terms, run)
      if answer == 'UNIQUE' then
        fates[id] = {'skipped:unique', about}
      elseif answer ~= 'NEW' then
        fates[id] = {answer == 'FULL' and 'skipped:queue-full' or 'skipped:broken', ''}
      else
        for _, old in ipairs(replaced) do cancel_one(old, one.order, false, now) end
        replaced = {}
      end
    end
  end
  return fates
end

local texts_of, remember, write_rows
do
  -- A row as it stands in the ledger. Built by hand: cjson would round an instant of the far future.
  local function row_text(row)
    local job = row.job ~= '' and ',"job":' .. cjson.encode(row.job) or ''
    local rest = #row.rest > 2 and ',' .. string.sub(row.rest, 2) or '}'
    return '{"at":' .. row.at .. ',"end":"' .. row.ends .. '"' .. job .. ',"rec":' .. int(now) .. rest
  end

  function texts_of(rows)
    local texts = {}
    for i, row in ipairs(rows) do texts[i] = row_text(row) end
    return texts
  end

  -- What a schedule itself remembers of its rows: by this, missed and late runs are found without the ledger.
  function remember(schedule, rows, state)
    local missed, last_missed, last = tonumber(state.missed or '0'), state.last_missed, nil
    for _, row in ipairs(rows) do
      if row.ends == 'fired' then
        last, missed = row, 0
      elseif row.ends == 'missed' then
        missed, last_missed = missed + row.count, row.at
      end
    end
    if last then call('HSET', schedule, 'last_job', last.job, 'last_at', last.at, 'last_fired', int(now)) end
    if last_missed then call('HSET', schedule, 'missed', int(missed), 'last_missed', last_missed) end
  end

  -- Keep as much of a ledger as its schedule says. It ends by itself when no new row has come for so long.
  local function trim(ledger, state)
    local keep_ms = math.max(1000, tonumber(state.keep_ms))
    local surplus = call('ZCARD', ledger) - tonumber(state.keep_runs)
    local stale = math.max(surplus, call('ZCOUNT', ledger, '-inf', int(now - keep_ms)))
    if stale > 0 then call('ZREMRANGEBYRANK', ledger, 0, math.min(stale, 2000) - 1) end
    call('PEXPIRE', ledger, int(keep_ms))
  end

  -- Every row of every ledger is written here. Answers them as they stand there.
  function write_rows(one, fates, state)
    for _, row in ipairs(one.rows) do
      local fate = (row.ends == 'fired' or row.ends == 'merged') and fates[row.job]
      if fate then row.ends, row.job = fate[1], fate[2] end
    end
    local ledger, texts, scored = key('ledger', one.name), texts_of(one.rows), {}
    for i, text in ipairs(texts) do scored[2 * i - 1], scored[2 * i] = one.rows[i].at, text end
    in_batches('ZADD', ledger, scored)
    if #texts > 0 then trim(ledger, state) end
    return texts
  end
end

local function carry_out(one, state)
  if one.manual then
    if is_known(one.runs) then return texts_of(one.rows) end  -- the same call once more
    return write_rows(one, start(one), state)
  end
  local schedule = key('schedule', one.name)
  if state.passed then  -- the clock is behind what it once was
    leave_out_fired(one, state)
    if tonumber(one.new_cursor) >= tonumber(state.passed) then call('HDEL', schedule, 'passed', 'again') end
  end
  call('HSET', schedule, 'cursor', one.new_cursor, 'fired_by', beat)
  if one.boot ~= '' then call('HSET', schedule, 'boot ' .. one.host, one.boot) end
  in_batches('ZREM', key('active', one.name), one.unfounded)
  local texts = write_rows(one, start(one), state)
  remember(schedule, one.rows, state)
  tell_occurrences(one.name, cjson.decode(state.def).task, one.rows, one.due, now)
  return texts
end

for _ = 1, number() do
  local one = read_firing()
  local state = state_of(one.name)
  local answer, texts = refusal(one, state), {}
  if not answer then answer, texts = 'OK', carry_out(one, state) end
  local at = #reply
  reply[at + 1], reply[at + 2], reply[at + 3] = answer, told(one.name), texts
end
welcome('fire')
announce('cancel', cancelled)
write_endings(now)
thaw_freed(now)
return reply
