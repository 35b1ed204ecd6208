-- replace: running -> waiting | ended (cancelled, not_started). Let workflows take the place of jobs: each keeps its id, and ends as
--          its workflow does, with its value.
-- uses  _concluding _ending _limits _output _settling _submitting
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, packed output or '', and the workflow as `submit` has it
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN | COLLISION (the workflow's id belongs to another job)
-- It enters no queue, so that a full one does not stand in its way. Whatever else does, ends the job: asked once more it
-- would stand there still. Its first write needs memory, as submit's does: a workflow is new work.
-- What it began is written all the same where it cannot do the rest of it; then it is refused, and made again.
local replies, done, trouble = {}, {}, nil

local IN_THE_WAY = {UNIQUE = true, HELD = true, REFUSED = true}

local function put_in_place(id, job, record, output, submission)
  local workflow = submission.id
  local answer, other = 'EXISTS', ''
  if not job.cx then answer, other = take({leaving = math.huge}, submission) end
  if answer == 'COLLISION' then return answer end
  local more = close_attempt(id, job, record, '')
  keep_output(id, job.n, output, now)
  if job.cx then
    finish(id, job, 'cancelled', 'by_user', now, more)
    call('HDEL', key('orders', job.o), id)
  elseif answer ~= 'NEW' and answer ~= 'EXISTS' then
    if IN_THE_WAY[answer] then more[#more + 1], more[#more + 2] = 'up', other end
    finish(id, job, 'failed', 'not_started', now, more)
  else
    more[#more + 1], more[#more + 2] = 'rp', workflow
    if call('TYPE', job_key(workflow)).ok == 'hash' then
      await(id, {workflow}, more)
      call('HSET', job_key(workflow), 'rf', id)
    else  -- it was there before, and has ended
      call('SADD', key('remaining', id), workflow)
      call('ZADD', key('dependents', workflow), 0, id)
      call('SADD', PREFIX .. 'unsettled', workflow)
      call('HSET', job_key(id), 's', 'waiting', unpack(more))
    end
    call('HDEL', job_key(id), 'o', 'sc', 'st', 'pg', 'h')
  end
  give_limits_back(id, job)
  done[#done + 1] = id
  return 'OK'
end

for place = 1, number() do
  local id, fence, record, output = word(), word(), word(), word()
  local submission = read_submission()
  local job = owned_job(KEYS[2], id, fence)
  if job then
    local put, answer = pcall(put_in_place, id, job, record, output, submission)
    if put then replies[place] = answer else trouble = trouble or answer end
  else
    replies[place] = answer_stranger(KEYS[2], id, fence)
  end
end
if #done > 0 then
  in_batches('HDEL', KEYS[2], done)
  announce('replace', done)
end
welcome('submit')
write_endings(now)
thaw_freed(now)
if trouble then error(trouble, 0) end
return replies
