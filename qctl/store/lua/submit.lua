-- submit: nothing -> queued | scheduled | waiting | ended (skipped). Take new jobs; the same id with the same body
--         again changes nothing.
-- KEYS  1 door
-- ARGV  1 n, then n times: id, task, queue, priority, body, delay (ms from now, or ''), due (ms since the epoch, or ''),
--       expires (ms from now, or ''), user key or '', its lifetime (ms), if_exists (return | skip | replace | fail),
--       name under which it is to be the only active job, or '', most jobs that may wait in its queue, or '',
--       secret values or '', which are kept apart and end with the job,  n, then n ids of jobs that it waits for
-- reply n answers of two words: NEW id | EXISTS id | COLLISION id | HELD id-of-the-holder | REFUSED id-of-the-holder |
--       UNIQUE id-of-the-active-one | FULL how-many-may-wait | NO_UPSTREAM id-that-no-job-has
-- Its first write needs memory, so that a full Redis refuses new work and still finishes the old.
local now = server_ms()
local replies, events, tokens = {}, {}, {}

local function known(id, body)
  local kind, job = read_job(id)
  if kind == 'none' then return nil end
  if job.b == body then return 'EXISTS' end
  return 'COLLISION'
end

local function withdraw(id)
  local kind, job = read_job(id)
  if kind ~= 'hash' or job.s == 'running' then return end
  leave_queue(id, job)
  finish(id, job, 'cancelled', 'by_user', now, {})
end

local function holder_of(name, id, if_exists)
  if name == '' then return nil end
  local holder = call('GET', key('key', name))
  if not holder or holder == id or call('EXISTS', job_key(holder)) == 0 then return nil end
  if if_exists == 'replace' then return nil, holder end
  return holder
end

-- The active job that stands in the way of another of this name; not one that is to be replaced, unless it runs.
local function only_one(name, id, replaced)
  local other = name ~= '' and active_holder(name)
  if not other or other == id then return nil end
  if other == replaced and live_job(other).s ~= 'running' then return nil end
  return other
end

-- How it stands with the jobs that one is to wait for: `awaited` those that have not ended; of those that did not
-- succeed, `id` the first and `why` the reason that it is; `unknown` an id that no job has.
local NOBODY = {awaited = {}}
local function standing_of(upstreams)
  if #upstreams == 0 then return NOBODY end
  local found = {awaited = {}}
  for _, id in ipairs(upstreams) do
    local kind, job = read_job(id)
    if kind == 'none' or kind == 'broken' then return {unknown = id} end
    if kind == 'hash' then
      found.awaited[#found.awaited + 1] = id
    elseif not found.why then
      found.id, found.why = id, obstacle(job.oc, job.rs)
    end
  end
  return found
end

local function keep_secrets(id, secrets, due)
  local lifetime = SECRET_TTL + math.max(0, (due or now) - now)
  call('SET', key('secret', id), secrets, 'PX', int(lifetime))
end

local function write_job(id, job, upstreams, delay, due, secrets)
  if job.uq and not upstreams.why then call('SET', key('unique', job.uq), id) end
  if secrets ~= '' and not upstreams.why then keep_secrets(id, secrets, delay and now + delay or due) end
  local fields = {}
  for name, value in pairs(job) do fields[#fields + 1], fields[#fields + 2] = name, value end
  if upstreams.why then
    job.s = 'waiting'
    finish(id, job, 'skipped', upstreams.why, now, {'up', upstreams.id})
  elseif #upstreams.awaited > 0 then
    if delay then
      fields[#fields + 1], fields[#fields + 2] = 'dl', int(delay)
    elseif due then
      fields[#fields + 1], fields[#fields + 2] = 'et', int(due)
    end
    await(id, upstreams.awaited, fields)
  else
    enter(id, job.q, job.p, delay and now + delay or due, now, tokens, fields)
  end
  call('LPUSH', PREFIX .. 'recent', id)
end

for _ = 1, number() do
  local id, task, queue, priority, body = word(), word(), word(), word(), word()
  local delay, due, expires = number(), number(), number()
  local name, lifetime, if_exists = word(), word(), word()
  local unique, most, secrets, upstreams = word(), number(), word(), {}
  for place = 1, number() do upstreams[place] = word() end
  local answer, about = known(id, body), id
  if not answer then
    local holder, replaced = holder_of(name, id, if_exists)
    local other, length = only_one(unique, id, replaced), full_length(queue, most)
    local standing = standing_of(upstreams)
    if holder then
      answer, about = (if_exists == 'fail') and 'REFUSED' or 'HELD', holder
    elseif other then
      answer, about = 'UNIQUE', other
    elseif length then
      answer, about = 'FULL', length
    elseif standing.unknown then
      answer, about = 'NO_UPSTREAM', standing.unknown
    else
      local job = {t = task, q = queue, p = priority, b = body, at = int(now)}
      job.ex = expires and int(now + expires) or nil
      job.uq = unique ~= '' and unique or nil
      job.sk = secrets ~= '' and '1' or nil
      write_job(id, job, standing, delay, due, secrets)
      if replaced then withdraw(replaced) end
      if name ~= '' then call('SET', key('key', name), id, 'PX', lifetime) end
      answer, events[#events + 1] = 'NEW', id
    end
  end
  replies[#replies + 1], replies[#replies + 2] = answer, about
end

if #events > 0 then
  call('LTRIM', PREFIX .. 'recent', 0, KEEP_RECENT - 1)
  for queue, count in pairs(tokens) do wake(queue, count) end
  announce('submit', events)
  write_endings(now)
  thaw_freed(now)
end
return replies
