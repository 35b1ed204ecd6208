-- complete: running -> ended (succeeded). Settle attempts that succeeded.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, attempt record, value with its kind in front or '', packed output or ''
-- reply n answers: OK | ALREADY | FENCED | UNKNOWN
local now = server_ms()
local replies, done = {}, {}
open_door()

local function value_fields(id, value, more)
  if value == '' then return end
  if #value <= INLINE_VALUE then
    more[#more + 1], more[#more + 2] = 'v', value
  else
    call('SET', key('value', id), value)
    more[#more + 1], more[#more + 2] = 'vb', string.sub(value, 1, 1) .. int(#value - 1)
  end
end

for i = 1, number() do
  local id, fence, record, value, output = word(), word(), word(), word(), word()
  local job = owned_job(KEYS[2], id, fence)
  if not job then
    replies[i] = answer_stranger(KEYS[2], id, fence)
  else
    local more = close_attempt(id, job, record, '')
    value_fields(id, value, more)
    keep_output(id, job.n, output, now)
    finish(id, job, 'succeeded', '', now, more)
    done[#done + 1], replies[i] = id, 'OK'
    if job.cx then call('HDEL', key('orders', job.o), id) end
  end
end
if #done > 0 then
  in_batches('HDEL', KEYS[2], done)
  write_endings(now)
  announce('complete', done)
end
return replies
