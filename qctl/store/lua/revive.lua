-- revive: ended -> queued. Run ended jobs again: same id, attempt numbers go on, failures and crashes begin anew.
-- KEYS  1 door
-- ARGV  1 n, then n times: queue, most jobs that may wait in it;  then n ids
-- reply n answers: OK | ACTIVE | UNIQUE (another job is the only one of its name now) | SECRET (its secret values have
--       gone with its end) | FULL how-many-may-wait (in its queue) | UNKNOWN
-- A job is active as long as others that wait for it have not been told of its end.
local now = server_ms()
local replies, done, tokens, lengths = {}, {}, {}, {}
local GONE = {oc = true, rs = true, en = true, x = true, c = true, v = true, vb = true, ex = true, pg = true, cb = true, up = true}

local function put_back(id, job)
  local score = next_score(tonumber(job.p))
  local fields = {'s', 'queued', 'sc', int(score)}
  for name, value in pairs(job) do
    if not GONE[name] then fields[#fields + 1], fields[#fields + 2] = name, value end
  end
  call('DEL', job_key(id), key('value', id), key('skipped', id))
  call('HSET', job_key(id), unpack(fields))
  call('ZREM', key('ended', job.t), id)
  call('ZREM', PREFIX .. 'unsuccessful', id)
  if job.sd then enter_active(id, job.sd) end
  make_ready(id, job.q, score)
  tokens[job.q] = (tokens[job.q] or 0) + 1
end

local function answer_for(id)
  local kind, job = read_job(id)
  if kind == 'hash' then return 'ACTIVE' end
  if kind ~= 'string' then return 'UNKNOWN' end
  if call('SISMEMBER', PREFIX .. 'unsettled', id) == 1 then return 'ACTIVE' end
  if job.uq and active_holder(job.uq) then return 'UNIQUE' end
  if job.sk then return 'SECRET' end
  local length = full_length(job.q, lengths[shared_queue(job.q)])
  if length then return 'FULL ' .. length end
  -- The first write needs memory, as submit's does: old work is new work again.
  put_back(id, job)
  if job.uq then call('SET', key('unique', job.uq), id) end
  done[#done + 1] = id
  return 'OK'
end

for _ = 1, number() do
  local queue = word()
  lengths[queue] = number()
end
for i = 1, number() do replies[i] = answer_for(word()) end
for queue, count in pairs(tokens) do wake(queue, count) end
announce('revive', done)
return replies
