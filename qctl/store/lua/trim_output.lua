-- trim_output: changes no job. Remove the oldest kept output until what is left fits the namespace's budget.
-- KEYS  1 door
-- ARGV  1 budget in bytes   2 how many outputs to remove at most
-- reply how many were removed, 1 if there is more to remove
local budget, limit = number(), number()
local function kept() return tonumber(call('GET', PREFIX .. 'output_bytes') or '0') end
if kept() <= budget then return {0, 0} end

open_door()
local removed = 0
for _, name in ipairs(call('ZRANGE', PREFIX .. 'outputs', 0, limit - 1)) do
  if kept() <= budget then break end
  local id, attempt = string.match(name, '^(.+):(%d+)$')
  drop_output(id, attempt)
  removed = removed + 1
end
return {removed, (removed > 0 and kept() > budget) and 1 or 0}
