-- complete: running -> ended (succeeded). Settle attempts that succeeded.
-- opens  _plain _complete_plain
-- uses  _ending _output _settling
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n runs of jobs that have in common: fence, packed output or '', value with its kind in front or '',
--       2, or 3 where each has a value of its own,  n, then n times: id, attempt record, and in the latter case its value
-- reply DONE if all of them were settled the short way, else for each job an answer: OK | ALREADY | FENCED | UNKNOWN
local INLINE_VALUE = 512  -- bytes; a larger value gets a key of its own, so that listings never carry it
local now = server_ms()

local function value_fields(id, value, more)
  if value == '' then return end
  if #value <= INLINE_VALUE then
    more[#more + 1], more[#more + 2] = 'v', value
  else
    call('SET', key('value', id), value)
    more[#more + 1], more[#more + 2] = 'vb', string.sub(value, 1, 1) .. int(#value - 1)
  end
end

local rows = {}
for _ = 1, number() do
  local fence, output, value, width = word(), word(), word(), number()
  for _ = 1, number() do
    local id, record = word(), word()
    rows[#rows + 1] = {id, fence, record, width == 3 and word() or value, output}
  end
end

return settle('complete', KEYS[2], rows, now, function(id, job, record, value, output)
  local more = close_attempt(id, job, record, '')
  value_fields(id, value, more)
  keep_output(id, job.n, output, now)
  finish(id, job, 'succeeded', '', now, more)
end)
