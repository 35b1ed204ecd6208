-- submit: nothing -> queued | scheduled | waiting | running (a workflow) | ended (skipped). Take new jobs; the same id with the same body
--         again changes nothing.
-- opens  _submit_plain
-- uses  _concluding _limits _submitting
-- KEYS  1 door
-- ARGV  1 n, then n runs of plain jobs: task, queue, priority, most jobs that may wait in its queue, or '',
--       expires (ms from now, or ''),  n, then n times: id, body
--       then n, then n times: id, task, queue, priority, body, delay (ms from now, or ''), due (ms since the epoch, or ''),
--       expires (ms from now, or ''), user key or '', its lifetime (ms), if_exists (return | skip | replace | fail),
--       name under which it is to be the only active job, or '', most jobs that may wait in its queue, or '',
--       secret values or '', which are kept apart and end with the job,  n, then n ids of jobs that it waits for,
--       '', or of a workflow: how many main nodes it has, its terms (JSON), the last one of its nodes that were uploaded
--       or '',  n, then n nodes: name, JSON and the job's body, secret values or '', place in a group or ''
-- reply NEW if all of them were taken the short way, else n answers of two words: NEW id | EXISTS id | COLLISION id |
--       HELD id-of-the-holder | REFUSED id-of-the-holder | UNIQUE id-of-the-active-one | FULL how-many-may-wait |
--       NO_UPSTREAM id-that-no-job-has | NO_PLAN id (nodes of it that were uploaded are gone)
-- Its first write needs memory, so that a full Redis refuses new work and still finishes the old.
local replies, terms = {}, {}

local function answer(one) replies[#replies + 1], replies[#replies + 2] = take(terms, one) end

for _ = 1, number() do
  local task, queue, priority, most, expires = word(), word(), word(), number(), number()
  for _ = 1, number() do
    answer({id = word(), task = task, queue = queue, priority = priority, body = word(), expires = expires, name = '',
      unique = '', most = most, secrets = '', upstreams = {}})
  end
end
for _ = 1, number() do answer(read_submission()) end
if #taken > 0 then
  welcome('submit')
  write_endings(now)
  thaw_freed(now)
end
return replies
