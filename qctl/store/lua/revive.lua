-- revive: ended -> queued | waiting | running (a workflow). Run ended jobs again: same id, attempt numbers go on, failures and
--         crashes begin anew.
-- uses  _concluding _ending _large _limits _rules _workflow_again
-- KEYS  1 door
-- ARGV  1 who asks for it, or ''   2 the name of this asking: sent again, it runs nothing twice   3 1 if these were skipped, and
--       are to wait again for the jobs because of which they were; or 0   4 n, then n times: queue, most jobs that may wait in
--       it;  then n ids
-- reply n answers, or fewer if they are large: OK | ACTIVE | UNNEEDED (a workflow that succeeded) | UNIQUE (another job is the
--       only one of its name now) | SECRET (its secret values have gone with its end) | FULL how-many-may-wait (in its
--       queue) | SKIPPED (a workflow's job whose turn has not come: it starts with its workflow alone) | GONE (what it
--       received, or the job of a workflow that failed first, has been removed) | UPSTREAM (what it is to wait for has
--       not succeeded) | UNKNOWN
-- Of a workflow what did not succeed runs again, and the values of the rest are kept. A job is active as long as others
-- that wait for it have not been told of its end, and one of a workflow as long as that has not ended.
local now = server_ms()
local asker, asking, behind = word(), word(), word() == '1'
local replies, done, tokens, lengths = {}, {}, {}, {}
local GONE = {oc = true, rs = true, en = true, x = true, c = true, v = true, vb = true, vr = true, ex = true, pg = true,
  cb = true, up = true, nf = true, sw = true, ra = true, rb = true, rn = true}

local MEMBERS = 200  -- of a group, looked at before what received its list runs again

-- The fields with which a job begins again: these, when and by whom it was asked for, and all that stays as it was.
local function renewed(job, ...)
  local fields = {'ra', int(now), 'rn', asking, ...}
  if asker ~= '' then fields[#fields + 1], fields[#fields + 2] = 'rb', asker end
  for name, value in pairs(job) do
    if not GONE[name] then fields[#fields + 1], fields[#fields + 2] = name, value end
  end
  return fields
end

-- The record comes after the index that it stands in from now on: see `_submit_plain`.
local function begin_again(id, job, ...)
  local fields = renewed(job, ...)
  endings.forgive(job, now)
  call('DEL', job_key(id), key('value', id), key('skipped', id))
  call('HSET', job_key(id), unpack(fields))
  call('ZREM', key('ended', job.t), id)
  call('ZREM', PREFIX .. 'unsuccessful', id)
  if job.sd then enter_active(id, job.sd) end
end

local function put_back(id, job)
  local score = next_score(tonumber(job.p))
  make_ready(id, job.q, score)
  begin_again(id, job, 's', 'queued', 'sc', int(score))
  tally('in', job.q)
  tokens[job.q] = (tokens[job.q] or 0) + 1
end

-- Whether jobs have been removed whose values a node received: of a group, some of its first members. One that did not
-- succeed, or was not needed, left none: there may never have been a job.
local function is_gone(workflow, source)
  local name = string.match(source or '', '^v:(.+)$')
  local line = name and call('HGET', key('nodes', workflow), name)
  local readable, node = pcall(cjson.decode, line and string.match(line, '^[^\n]*') or '')
  if not readable or type(node) ~= 'table' or not (node.j or node.g) then return false end
  local fates = key('fates', workflow)
  local function left_a_value(fate) return string.match(fate or '', '^%S+') == 'succeeded' end
  if node.j then
    return left_a_value(call('HGET', fates, name)) and call('EXISTS', job_key(workflow .. '.' .. name)) == 0
  end
  if node.g.po == 'any' then return false end
  local heads, tails, names, rows = {}, {}, {}, {}
  for position = 0, MEMBERS - 1 do
    heads[#heads + 1], tails[#tails + 1] = name .. ' ' .. position, 't ' .. name .. ' ' .. position
  end
  heads, tails = call('HMGET', key('nodes', workflow), unpack(heads)), call('HMGET', key('nodes', workflow), unpack(tails))
  for place = 1, MEMBERS do
    local last = tails[place] or heads[place]
    if last and tonumber(last) then names[#names + 1] = last end
  end
  for place, fate in ipairs(#names > 0 and call('HMGET', fates, unpack(names)) or {}) do
    if left_a_value(fate) then rows[#rows + 1] = job_key(workflow .. '.' .. names[place]) end
  end
  return #rows > 0 and call('EXISTS', unpack(rows)) < #rows
end

-- Of a workflow what did not succeed runs once more; the values of the rest are kept.
local function restart(id, job)
  local text = call('HGET', key('nodes', id), 'plan')
  if not text then return 'UNKNOWN' end
  if job.oc == 'succeeded' then return 'UNNEEDED' end
  local _, first = read_job(job.up or '')
  if first.wf == id and is_gone(id, first['in']) then return 'GONE' end
  if call('HEXISTS', key('flow', id), 'secret') == 1 then return 'SECRET' end
  local fields, after = renewed(job, 's', 'running', 'st', int(now)), {'on_error', 'on_success'}
  for place = 1, math.min(1000, call('LLEN', key('culprits', id))) do after[#after + 1] = 'on_error-' .. place end
  endings.forgive(job, now)
  call('DEL', job_key(id), key('culprits', id), key('skipped', id))
  call('HSET', job_key(id), unpack(fields))
  call('ZREM', key('ended', job.t), id)
  call('ZREM', PREFIX .. 'unsuccessful', id)
  call('HDEL', key('fates', id), unpack(after))
  if job.sd then enter_active(id, job.sd) end
  endings.steps[#endings.steps + 1] = {id, 'renew', '0'}
  return 'OK'
end

-- Let a job that was skipped wait again; nil if what it waited for has succeeded by now.
local function wait_again(id, job)
  local kind, upstream = read_job(job.up or '')
  if kind == 'string' and upstream.oc == 'succeeded' then return nil end
  if kind ~= 'hash' or job.oc ~= 'skipped' then return 'UPSTREAM' end
  if job.w and call('HEXISTS', key('flow', id), 'secret') == 1 then return 'SECRET' end
  stand_waiting(id, {job.up})
  begin_again(id, job, 's', 'waiting')
  return 'OK'
end

-- A workflow's job that is still to be: of one that has ended its turn never came.
local function answer_for_unreleased(id)
  local workflow, name = node_parts(id)
  if not workflow or call('HEXISTS', key('nodes', workflow), name) == 0 then return 'UNKNOWN' end
  return call('TYPE', job_key(workflow)).ok == 'hash' and 'ACTIVE' or 'SKIPPED'
end

local function answer_for(id)
  local kind, job = read_job(id)
  if kind == 'hash' then return call('HGET', job_key(id), 'rn') == asking and 'OK' or 'ACTIVE' end
  if kind == 'none' then return answer_for_unreleased(id) end
  if kind ~= 'string' then return 'UNKNOWN' end
  if job.rn == asking then return 'OK' end  -- it has ended since
  if call('SISMEMBER', PREFIX .. 'unsettled', id) == 1 or is_at_work(id, job) then return 'ACTIVE' end
  if job.wf and not job.n then return 'SKIPPED' end
  if job.wf and is_gone(job.wf, job['in']) then return 'GONE' end
  if job.uq and active_holder(job.uq) then return 'UNIQUE' end
  if job.sk and not job.w then return 'SECRET' end
  local answer
  if behind and not job.wf then answer = wait_again(id, job) end
  if not answer and job.w then answer = restart(id, job) end
  if answer == 'OK' and job.uq then call('SET', key('unique', job.uq), id) end
  if answer == 'OK' then done[#done + 1] = id end
  if answer then return answer end
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
answer_those_that_fit(function(id) replies[#replies + 1] = answer_for(id) end)
for queue, count in pairs(tokens) do wake(queue, count) end
announce('revive', done)
write_endings(now)
thaw_freed(now)
return replies
