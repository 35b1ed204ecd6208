-- submit: nothing -> queued | scheduled. Take new jobs; the same id with the same body again changes nothing.
-- KEYS  1 door
-- ARGV  1 n, then n times: id, task, queue, priority, body, delay (ms from now, or ''), due (ms since the epoch, or ''),
--       expires (ms from now, or ''), user key or '', its lifetime (ms), if_exists (return | skip | replace | fail),
--       name under which it is to be the only active job, or '', most jobs that may wait in its queue, or '',
--       secret values or '', which are kept apart and end with the job
-- reply n answers of two words: NEW id | EXISTS id | COLLISION id | HELD id-of-the-holder | REFUSED id-of-the-holder |
--       UNIQUE id-of-the-active-one | FULL how-many-may-wait
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

local function only_one(name, id)
  local other = name ~= '' and active_holder(name)
  return other and other ~= id and other or nil
end

-- The length that a queue may have, if it has that already.
local function full(queue, most)
  local rule = rule_of('queue:' .. shared_queue(queue))
  if rule and rule.length then most = math.min(most or rule.length, rule.length) end
  if not most then return nil end
  return call('ZCARD', key('ready', queue)) + call('SCARD', key('parkedin', queue)) >= most and int(most) or nil
end

local function keep_secrets(id, secrets, due)
  local lifetime = SECRET_TTL + math.max(0, (due or now) - now)
  call('SET', key('secret', id), secrets, 'PX', int(lifetime))
end

local function write_job(id, task, queue, priority, body, due, expires, unique, secrets)
  local fields = {'t', task, 'q', queue, 'p', priority, 'b', body, 'at', int(now)}
  if unique ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'uq', unique
    call('SET', key('unique', unique), id)
  end
  if secrets ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'sk', '1'
    keep_secrets(id, secrets, due)
  end
  if expires then fields[#fields + 1], fields[#fields + 2] = 'ex', int(expires) end
  if due and due > now then
    call('HSET', job_key(id), 's', 'scheduled', 'due', int(due), 'et', int(due), unpack(fields))
    local before = next_due()
    call('ZADD', PREFIX .. 'scheduled', int(due), id)
    enter_queue(queue)
    if before == '' or due < tonumber(before) then tokens[queue] = (tokens[queue] or 0) + 1 end
  else
    local score = next_score(tonumber(priority))
    call('HSET', job_key(id), 's', 'queued', 'sc', int(score), unpack(fields))
    make_ready(id, queue, score)
    tokens[queue] = (tokens[queue] or 0) + 1
  end
  call('LPUSH', PREFIX .. 'recent', id)
end

for _ = 1, number() do
  local id, task, queue, priority, body = word(), word(), word(), word(), word()
  local delay, due, expires = number(), number(), number()
  local name, lifetime, if_exists = word(), word(), word()
  local unique, most, secrets = word(), number(), word()
  local answer, about = known(id, body), id
  if not answer then
    local holder, replaced = holder_of(name, id, if_exists)
    local other, length = only_one(unique, id), full(queue, most)
    if holder then
      answer, about = (if_exists == 'fail') and 'REFUSED' or 'HELD', holder
    elseif other and other ~= replaced then
      answer, about = 'UNIQUE', other
    elseif length then
      answer, about = 'FULL', length
    else
      write_job(id, task, queue, priority, body, delay and now + delay or due, expires and now + expires, unique,
        secrets)
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
  write_endings(now)
  thaw_freed(now)
  announce('submit', events)
end
return replies
