-- values: changes nothing. Read what jobs left, as much as is told at once.
-- KEYS  1 door
-- ARGV  1 after how many bytes to stop   2 n, then n ids
-- reply for the first ids, at least one: the value with its kind in front, '' of a job that left none, `@` and a workflow
--       whose value it is, or nil if there is no ended job, or its value is gone
local most = number()

local function value_of(id)
  local kind, job = read_job(id)
  if kind ~= 'string' then return false end
  if job.vr then return '@' .. job.vr end
  if job.vb then return call('GET', key('value', id)) end
  return job.v or ''
end

local reply, size = {}, 0
for place = 1, number() do
  local value = value_of(word())
  size = size + #(value or '')
  if place > 1 and size > most then break end
  reply[place] = value
end
return reply
