-- forget: ended -> nothing. Remove a task's oldest ended jobs, with their values and output, past age or count.
-- uses  _concluding _ending _workflow_removal
-- KEYS  1 door   2 ended:<task>
-- ARGV  1 task   2 greatest age in ms   3 how many to keep   4 how many to remove at most
-- reply how many were removed, 1 if there may be more
-- It never takes a job that ended less than an hour ago: until then its id answers who submits or asks again; none of a
-- workflow that has not ended, or whose value another job has for its own, as long as that is there; and none as long as
-- there are jobs that wait for an ended one and have not been told.
-- With a workflow goes its plan; its jobs are forgotten with their tasks' others.
local HOUR = 3600000
local MOST_PASSED = 10000  -- jobs of workflows that go on, which one call passes over to come to others
local task, max_age, keep, limit = word(), number(), number(), number()
local now = server_ms()
local surplus = call('ZCARD', KEYS[2]) - keep
local gone, busy = {}, {}

-- A job that replaced itself by a workflow has its value there.
local function is_value_of_another(flow) return flow.rf and call('EXISTS', job_key(flow.rf)) == 1 end

-- The ids of nodes tell their workflows, of which there are few.
local function is_kept(id)
  local workflow = node_parts(id)
  if workflow and busy[workflow] == nil then
    local _, flow = read_job(workflow)
    busy[workflow] = is_at_work('', {wf = workflow}) or is_value_of_another(flow) or false
  end
  if workflow and busy[workflow] then return true end
  local _, job = read_job(id)
  return is_at_work(id, job) or is_value_of_another(job)
end

-- Find those that are to go, from a place on. Answers whether there may be more behind them.
local function find_from(place)
  local oldest = call('ZRANGE', KEYS[2], place, place + limit - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    local age = now - tonumber(oldest[i + 1])
    if #gone == limit or age < HOUR or (age <= max_age and #gone >= surplus) then return false end
    if not is_kept(oldest[i]) then gone[#gone + 1] = oldest[i] end
  end
  return #oldest == 2 * limit
end

local place = 0
while place < MOST_PASSED and find_from(place) do place = place + limit end
if #gone == 0 or call('EXISTS', PREFIX .. 'unsettled') == 1 then return {0, 0} end

open_door()

for _, id in ipairs(gone) do
  local kind, job = read_job(id)
  if kind ~= 'hash' then erase_job(id, kind, job) end  -- an id that lives again stays; only its old place goes
  if kind == 'string' and job.w then endings.steps[#endings.steps + 1] = {id, 'erase', '0'} end
end
in_batches('ZREM', KEYS[2], gone)
in_batches('ZREM', PREFIX .. 'unsuccessful', gone)
if call('EXISTS', KEYS[2]) == 0 then call('SREM', PREFIX .. 'tasks', task) end
announce('forget', gone)
write_endings(now)
return {#gone, (#gone == limit) and 1 or 0}
