-- How an attempt is closed, and the loop of the verbs that settle attempts.
-- uses  _concluding _limits _output

-- Of a long history the first and the newest attempts are kept: this is the one that goes when `attempt` is over.
local function stale_attempt(attempt) return attempt > KEEP_ATTEMPTS and int(attempt - KEEP_ATTEMPTS + 1) or nil end

-- Close the attempt that runs. Answers the fields that say so: its record, and the counter it costs.
local function close_attempt(id, job, record, charge)
  local stale, more = stale_attempt(tonumber(job.n)), {}
  if stale then
    call('HDEL', job_key(id), 'a' .. stale)
    job['a' .. stale] = nil
    drop_output(id, stale)
  end
  if record ~= '' then more[1], more[2] = 'a' .. job.n, record end
  if charge ~= '' then more[#more + 1], more[#more + 2] = charge, int(tonumber(job[charge] or '0') + 1) end
  return more
end

-- An answer for somebody who does not own the job under this fence: the same call once more, or a late one.
local function answer_stranger(running, id, fence)
  if call('HGET', running, id) == fence then call('HDEL', running, id) end  -- an entry whose job is gone
  local kind, job = read_job(id)
  if kind == 'broken' then set_aside(id) end
  if kind == 'none' then give_job_up(id) end
  if kind == 'none' or kind == 'broken' then return 'UNKNOWN' end
  if job.f == fence and job.s ~= 'running' then return 'ALREADY' end
  return 'FENCED'
end

-- Of each job that a verb settles a row: id, fence, and `width` more words. ARGV goes on with n, then n such rows.
local function told_rows(width)
  local rows = {}
  for i = 1, number() do
    local row = {}
    for place = 1, width + 2 do row[place] = word() end
    rows[i] = row
  end
  return rows
end

-- The loop of every verb that settles attempts. `act(id, job, words...)` is called for each job of `rows` that the worker of
-- `running` owns under its fence. Where somebody has put something else in the place of what one of them needs, the others are
-- settled all the same, and the call is refused: it is made again, until that is put right.
local function settle(verb, running, rows, now, act)
  local replies, done, trouble = {}, {}, nil
  local function close(id, job, ...)
    act(id, job, ...)
    if job.cx then call('HDEL', key('orders', job.o), id) end
    give_limits_back(id, job)
  end
  open_door()
  for i = 1, #rows do
    local row = rows[i]
    local id, fence = row[1], row[2]
    local job = owned_job(running, id, fence)
    if not job then
      replies[i] = answer_stranger(running, id, fence)
    else
      local closed, why = pcall(close, id, job, unpack(row, 3))
      if closed then done[#done + 1], replies[i] = id, 'OK' else trouble = trouble or why end
    end
  end
  if #done > 0 or trouble then
    in_batches('HDEL', running, done)
    announce(verb, done)
    write_endings(now)
    thaw_freed(now)
  end
  if trouble then error(trouble, 0) end
  return replies
end
