-- forget: ended -> nothing. Remove a task's oldest ended jobs, with their values and output, past age or count.
-- uses  _concluding _ending _output _workflow_removal
-- KEYS  1 door   2 ended:<task>   3 passed:<task>   4 keep:<task>
-- ARGV  1 task   2 greatest age in ms   3 how many to keep   4 how many to look at   5 1 if the caller has the task, 0 if these
--       are what it keeps of any: then what one that has it has said holds, for a week
-- reply how many were removed, 1 if there may be more at once
-- It never takes a job that ended less than an hour ago: until then its id answers who submits or asks again; none of a
-- workflow that has not ended, or whose value another job has for its own, as long as that is there; and none of whose end
-- those that wait for it have not all been told.
-- Those that it leaves for such a reason are passed: the next call goes on behind them, until one has come to the end.
-- Then all is left alone for a while, the longer the more they were: whoever calls how often, they cost little.
-- With a workflow goes its plan; its jobs are forgotten with their tasks' others.
local HOUR = 3600000
local PASSED_TTL = 3600000  -- ms; then the next call begins at the oldest one again
local KEEP_TTL = 604800000  -- ms; a file may be broken for some days, and a host be down
local READ_BYTES = 4194304  -- of bodies in one call, so that they do not hold the server up
local REST = 10             -- ms for each job that was passed, from the end on
local task, max_age, keep, limit, declared = word(), number(), number(), number(), number() == 1
local now = server_ms()

-- What stands in a key, if it is a text; what somebody has put there in its place is none.
local function text_in(name)
  local text = redis.pcall('GET', name)
  return type(text) == 'string' and text or ''
end

local place = text_in(KEYS[3])
if place == 'end' then return {0, 0} end
place = #place < 10 and tonumber(string.match(place, '^%d+$')) or 0
if not declared and call('EXISTS', KEYS[4]) == 1 then
  local age, runs = string.match(text_in(KEYS[4]), '^(%d+) (%d+)$')
  if not age then
    open_door()
    call('DEL', KEYS[4])
    return {0, 0}  -- until the next call, one that has the task can say once more what it keeps
  end
  max_age, keep = tonumber(age), tonumber(runs)
end

-- A job that replaced itself by a workflow has its value there.
local function is_value_of_another(flow) return flow.rf and call('EXISTS', job_key(flow.rf)) == 1 end

local untold = call('EXISTS', PREFIX .. 'unsettled') == 1
local needed = {}  -- by workflow, of which there are few
local function is_kept(id, job)
  local workflow = job.wf
  if untold and call('SISMEMBER', PREFIX .. 'unsettled', id) == 1 then return true end
  if not workflow then return is_value_of_another(job) or is_at_work(id, job) end
  if needed[workflow] == nil then
    local _, flow = read_job(workflow)
    needed[workflow] = is_value_of_another(flow) or is_at_work(id, job) or false
  end
  return needed[workflow]
end

-- Those that are to go, from the place on; how many are passed; and whether there may be more behind them.
local function find()
  local gone, passed, bytes = {}, 0, 0
  local surplus = call('ZCARD', KEYS[2]) - keep
  local oldest = call('ZRANGE', KEYS[2], place, place + limit - 1, 'WITHSCORES')
  for i = 1, #oldest, 2 do
    if bytes >= READ_BYTES then return gone, passed, true end
    local id, age = oldest[i], now - tonumber(oldest[i + 1])
    if age < HOUR or age <= max_age and #gone >= surplus then return gone, passed, false end
    local kind, job = read_job(id)
    bytes = bytes + #(job.b or '')
    if is_kept(id, job) then passed = passed + 1 else gone[#gone + 1] = {id = id, kind = kind, job = job} end
  end
  return gone, passed, #oldest == 2 * limit
end

local gone, passed, more = find()
open_door()
if declared then call('SET', KEYS[4], int(max_age) .. ' ' .. int(keep), 'PX', KEEP_TTL) end
if more and place + passed > 0 then
  call('SET', KEYS[3], int(place + passed), 'PX', PASSED_TTL)
elseif place > 0 then
  call('SET', KEYS[3], 'end', 'PX', (place + passed) * REST)
end

local ids = {}
for i, one in ipairs(gone) do
  local id, kind, job = one.id, one.kind, one.job
  ids[i] = id
  if kind ~= 'hash' then erase_job(id, kind, job) end  -- an id that lives again stays; only its old place goes
  if kind == 'string' and job.w then endings.steps[#endings.steps + 1] = {id, 'erase', '0'} end
end
in_batches('ZREM', KEYS[2], ids)
in_batches('ZREM', PREFIX .. 'unsuccessful', ids)
if call('EXISTS', KEYS[2]) == 0 then call('SREM', PREFIX .. 'tasks', task) end
announce('forget', ids)
write_endings(now)
return {#ids, more and 1 or 0}
