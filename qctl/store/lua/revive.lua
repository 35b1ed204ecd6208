-- revive: ended -> queued. Run ended jobs again: same id, attempt numbers go on, failures and crashes begin anew.
-- KEYS  1 door
-- ARGV  1 n, then n ids
-- reply n answers: OK | ACTIVE | UNIQUE (another job is the only one of its name now) | SECRET (its secret values have
--       gone with its end) | UNKNOWN
local now = server_ms()
local replies, done, tokens = {}, {}, {}
local GONE = {oc = true, rs = true, en = true, x = true, c = true, v = true, vb = true, ex = true, pg = true, cb = true}

local function put_back(id, job)
  local score = next_score(tonumber(job.p))
  local fields = {'s', 'queued', 'sc', int(score)}
  for name, value in pairs(job) do
    if not GONE[name] then fields[#fields + 1], fields[#fields + 2] = name, value end
  end
  call('DEL', job_key(id), key('value', id))
  call('HSET', job_key(id), unpack(fields))
  call('ZREM', key('ended', job.t), id)
  call('ZREM', PREFIX .. 'unsuccessful', id)
  make_ready(id, job.q, score)
  tokens[job.q] = (tokens[job.q] or 0) + 1
end

-- Its first write needs memory, as submit's does: old work is new work again.
for i = 1, number() do
  local id = word()
  local kind, job = read_job(id)
  local other = kind == 'string' and job.uq and active_holder(job.uq)
  local bare = kind == 'string' and job.sk
  if kind == 'string' and not other and not bare then
    put_back(id, job)
    if job.uq then call('SET', key('unique', job.uq), id) end
    done[#done + 1] = id
  end
  replies[i] = (other and 'UNIQUE') or (bare and 'SECRET') or (kind == 'string' and 'OK') or (kind == 'hash' and 'ACTIVE') or 'UNKNOWN'
end
for queue, count in pairs(tokens) do wake(queue, count) end
announce('revive', done)
return replies
