-- report: changes no state. Keep what running jobs tell of themselves: progress, and output as it comes.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, kind
--         kind progress: text
--         kind output:   attempt, chunk, m, then m ids of stream entries to drop
-- reply n answers: OK or the stream entry's id | FENCED
local replies = {}
for i = 1, number() do
  local id, fence, kind = word(), word(), word()
  local mine = call('HGET', KEYS[2], id) == fence
  replies[i] = mine and 'OK' or 'FENCED'
  if kind == 'progress' then
    local text = word()
    if mine then call('HSET', job_key(id), 'pg', text) end
  else
    local log, chunk, drops = key('log', id .. ':' .. word()), word(), {}
    for m = 1, number() do drops[m] = word() end
    if mine then
      replies[i] = call('XADD', log, '*', 'c', chunk)
      if #drops > 0 then call('XDEL', log, unpack(drops)) end
    end
  end
end
return replies
