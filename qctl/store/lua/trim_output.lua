-- trim_output: changes no job. Remove the oldest kept output until what is left fits the namespace's budget.
-- uses  _output
-- KEYS  1 door
-- ARGV  1 budget in bytes   2 how many outputs to remove at most
-- reply how many were removed, 1 if there is more to remove
local budget, limit = number(), number()
local function kept()
  local said = redis.pcall('GET', PREFIX .. 'output_bytes')
  local bytes = tonumber(said)
  if said and not (bytes and bytes >= 0 and bytes < LEVEL) then bytes = more_output(0) end
  return bytes or 0
end
open_door()
if kept() <= budget then return {0, 0} end

local removed = 0
for _, name in ipairs(call('ZRANGE', PREFIX .. 'outputs', 0, limit - 1)) do
  if kept() <= budget then break end
  local id, attempt = string.match(name, '^(.+):(%d+)$')
  drop_output(id, attempt)
  removed = removed + 1
end
return {removed, (removed > 0 and kept() > budget) and 1 or 0}
