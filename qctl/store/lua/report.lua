-- report: changes no state. Keep what running jobs tell of themselves: progress, and output as it comes.
-- KEYS  1 door   2 running:<worker>
-- ARGV  1 n, then n times: id, fence, kind
--         kind progress: text
--         kind output:   attempt, offset, chunk, m, then m ids of stream entries to drop
-- reply n answers: OK or the stream entry's id | FENCED
-- Output that was kept before, by its offset, is not kept twice. A full Redis refuses reports: nothing is lost by it that
-- the end of the attempt does not bring.
local replies = {}

local function keep_live(log, offset, chunk)
  local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if last and tonumber(last[2][2]) >= tonumber(offset) then return last[1] end
  return call('XADD', log, '*', 'o', offset, 'c', chunk)
end

-- As `owned_job`, without its body.
local function owns(id, fence)
  local said = redis.pcall('HMGET', job_key(id), 's', 'f', 'o')
  return not said.err and said[1] == 'running' and said[2] == fence and KEYS[2] == key('running', said[3] or '')
end

for i = 1, number() do
  local id, fence, kind = word(), word(), word()
  local mine = owns(id, fence)
  replies[i] = mine and 'OK' or 'FENCED'
  if kind == 'progress' then
    local text = word()
    if mine then call('HSET', job_key(id), 'pg', text) end
  else
    local log, offset, chunk, drops = key('log', id .. ':' .. word()), word(), word(), {}
    for m = 1, number() do drops[m] = word() end
    if mine then
      replies[i] = keep_live(log, offset, chunk)
      if #drops > 0 then in_batches('XDEL', log, drops) end
    end
  end
end
return replies
