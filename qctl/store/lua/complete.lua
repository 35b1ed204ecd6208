-- complete: running -> ended (succeeded). Settle attempts that succeeded.
-- uses  _ending _output _settling
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, value with its kind in front or '', packed output or ''
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
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

return settle('complete', KEYS[2], 3, now, function(id, job, record, value, output)
  local more = close_attempt(id, job, record, '')
  value_fields(id, value, more)
  keep_output(id, job.n, output, now)
  finish(id, job, 'succeeded', '', now, more)
end)
