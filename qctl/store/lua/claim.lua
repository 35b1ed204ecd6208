-- claim: queued -> running | ended (expired, unknown_task). Hand a worker the first jobs of its queues, each under a new fence.
-- opens  _plain _claiming _claim_plain
-- uses  _claim_plain _claiming _concluding _ending _limits _missing _notices
-- KEYS  1 door   2 worker:<worker>   3 running:<worker>
-- ARGV  1 worker   2 turn   3 how many at most
--       4 n queues, then n times: queue, quota;  or '*' for every queue, and the worker's host: of those for one host
--       alone, `queue@host`, its own;  or '#', n, then n ids, to take these alone (of a workflow:
--       its nodes)
-- reply status (OK | UNKNOWN | CONDEMNED), server time in ms, next due time or '',
--       1 if more is ready, 2 if of the ids asked for some have not ended, how many jobs have secret values, how many
--       receive something,
--       then runs of jobs that have what is said first in common: task, queue, fence, attempt, failures, crashes, losses,
--       enqueued ms, body,  n, then n ids; where the enqueued ms, or the body, was '', n times that after them;
--       then for each with secret values: id, these;  then for each that receives something: id, its source
-- The same turn asked again answers the same jobs, so that a lost reply loses nothing; an earlier turn that arrives late
-- takes none. Of jobs that take long, large ones and those that go the long way, fewer are taken than are wanted. A record
-- that nobody can read is set aside; an id whose job is not queued leaves the queue; a job whose record has a later form than
-- the worker reads waits for one that reads it. Where somebody has put something else in the place of what one needs, it keeps
-- its place, and those behind it are taken; a call that takes none for that is refused.
local MOST = 200  -- jobs: one takes two times as long here as the short way
local worker, turn, want, count = word(), word(), math.min(number(), MOST), word()
local now = server_ms()
local record = call('HMGET', KEYS[2], 'beat', 'turn', 'claims', 'condemned', 'reads')
if record[4] then return {'CONDEMNED', int(now), '', 0, 0, 0} end
if not record[1] then return {'UNKNOWN', int(now), '', 0, 0, 0} end

local now_text, reads = int(now), tonumber(record[5] or '1')
local reply, told, secrets, sources = {'OK', now_text, '', 0, 0, 0}, 6, {}, {}
local run, run_ids, run_times, run_bodies  -- what is not told yet

local function end_run()
  if run then told = tell_run(reply, told, run, run_ids, run_times, run_bodies, 1, #run_ids) end
  run, run_ids, run_times, run_bodies = nil, {}, {}, {}
end

local function tell(id, fence, attempt, job)
  local said = {job.t, job.q, fence, attempt, job.x or '0', job.c or '0', job.l or '0'}
  for i = 1, 7 do
    if not run or run[i] ~= said[i] then end_run() run = said break end
  end
  local place = #run_ids + 1
  run_ids[place], run_times[place], run_bodies[place] = id, job.at, job.b
  local kept = job.sk and redis.pcall('GET', key('secret', id))
  if type(kept) == 'string' then secrets[#secrets + 1], secrets[#secrets + 2] = id, kept end
  local source = job['in']
  if source then sources[#sources + 1], sources[#sources + 2] = id, source end
end

local function tell_again()
  for id, fence in string.gmatch(record[3] or '', '(%S+) (%S+)') do
    local job = owned_job(KEYS[3], id, fence)
    if job then tell(id, fence, job.n, job) end
  end
end

local owned, claims, ids, examined, bytes = {}, {}, {}, 0, 0
local used, is_used = {}, {}  -- queues of the jobs that are handed over

local trouble
local function carefully(act, ...)
  local done, answer = pcall(act, ...)
  if not done then trouble = trouble or answer end
  return done, answer
end

-- What can be refused comes before the record. What a job needs of limits has been read by then.
local function hand_over(id, job)
  local fence, attempt = int(tonumber(job.f or '0') + 1), int(tonumber(job.n or '0') + 1)
  if job.sd and attempt == '1' then tell_start(id, job, now) end
  local limits = take_limits(id, job, fence, now)
  call('HSET', job_key(id), 's', 'running', 'o', worker, 'f', fence, 'n', attempt, 'st', now_text)
  if limits then call('HSET', job_key(id), 'h', limits) end
  if job.sk then call('PERSIST', key('secret', id)) end
  if attempt == '1' then  -- waits are counted by their size: four buckets from one power of two to the next
    local waited = math.max(1, now - math.max(tonumber(job.at), tonumber(job.et or '0')))
    tally('wait', int(math.floor(4 * math.log(waited) / math.log(2))))
  end
  tell(id, fence, attempt, job)
  owned[#owned + 1], owned[#owned + 2] = id, fence
  claims[#claims + 1], ids[#ids + 1] = id .. ' ' .. fence, id
  if not is_used[job.q] then used[#used + 1], is_used[job.q] = job.q, true end
end

local take_these
do
  local function take_one(id, job)
    if not (job and job.s == 'queued') or later_form(job, reads) then return end
    if #ids < want and room_of(job.q, now) > 0 and not held_by(job, now) then
      hand_over(id, job)
      leave_queue(id, job)
      call('HDEL', job_key(id), 'pk')
    end
  end

  -- A job, or of a workflow those of its nodes that were released, also of one that has taken a job's place.
  local take_all_of
  function take_all_of(id)
    local job, nodes = live_job(id), call('ZRANGE', key('live', id), 0, want + 199)
    if job or #nodes > 0 then reply[4] = 2 end
    if job and job.rp then return take_all_of(job.rp) end
    if not (job and job.w) then carefully(take_one, id, job) end
    for _, name in ipairs(nodes) do carefully(take_all_of, id .. '.' .. name) end
  end

  function take_these()
    for _ = 1, number() do carefully(take_all_of, word()) end
  end
end

local full = {}  -- queues that are at a limit of their own
local take
do
  local MOST_STUCK = 100  -- of one queue: so many leave the other queues their turn
  local stuck = {}  -- queue -> how many of its first jobs keep their places

  -- What becomes of one of the first jobs of its queue. Answers whether it is handed over.
  local function see_to(id, job)
    if not job then
      lose_record(id)
    elseif job.s == 'queued' and job.ex and tonumber(job.ex) <= now then
      finish(id, job, 'expired', 'expired', now, {})
    elseif job.s == 'queued' and later_form(job, reads) then
      park_as_missing(id, job, 'form ' .. later_form(job, reads), now)
    elseif job.s == 'queued' then
      local limit, at = held_by(job, now)
      if not limit then
        hand_over(id, job)
        return true
      end
      park(id, job, limit, at, now)
    end
  end

  -- Nobody knows how large jobs are before they have been read: those that are one too many keep their places. Where the short
  -- way was left for one job alone, it goes on there as soon as there is a stretch of jobs that look plain: they have what
  -- each has, and perhaps an end of their time.
  function take(queue, quota, most)
    local ready, room, stretch = key('ready', queue), room_of(queue, now), 0
    local left = math.min(quota, want - #ids, room)
    while left > 0 and examined < want + 200 and bytes < most do
      if stretch == STRETCH then want = #ids return end
      local from, gone = stuck[queue] or 0, {}
      if from >= MOST_STUCK then break end
      local first = call('ZRANGE', ready, from, from + (mixed and math.min(left, STRETCH) or left) - 1)
      if #first == 0 then return end
      stretch = 0
      for _, id in ipairs(first) do
        if bytes >= most then break end
        local job = live_job(id)
        examined, bytes = examined + 1, bytes + #(job and job.b or '')
        local done, taken = carefully(see_to, id, job)
        if done then gone[#gone + 1] = id else stuck[queue] = (stuck[queue] or 0) + 1 end
        if taken == true then
          left, room = left - 1, room - 1
          if mixed then
            local fields = job.ex and -1 or 0
            for _ in pairs(job) do fields = fields + 1 end
            stretch = fields == 7 and stretch + 1 or 0
          end
        end
      end
      in_batches('ZREM', ready, gone)
    end
    full[queue] = room <= 0
  end
end

-- Jobs that wait for a task which this worker has, of the queues that it reads. What is read in vain, of other queues or
-- held by a limit, is bounded by itself: it leaves those in their queues as much as before.
local function take_what_others_miss(read)
  local here, in_vain = {}, 0
  for _, queue in ipairs(read) do here[queue] = true end
  take_missing(worker, tonumber(turn), now, function(id, job)
    if #ids >= want or bytes >= CLAIM_BYTES or in_vain >= CLAIM_BYTES then return false end
    if not here[job.q] or later_form(job, reads) or room_of(job.q, now) <= 0 or held_by(job, now) then
      in_vain = in_vain + #job.b
    else
      bytes = bytes + #job.b
      hand_over(id, job)
      leave_queue(id, job)
      call('HDEL', job_key(id), 'pk')
    end
    return true
  end)
end

if turn == record[2] then
  tell_again()
elseif want > 0 and tonumber(turn) > tonumber(record[2] or '-1') then
  call('HLEN', KEYS[3])  -- what holds nobody's jobs refuses the call before it has taken any
  open_door()
  if count == '#' then take_these() end
  local asked, quotas, read, others = {}, {}, nil, false
  if count ~= '#' then
    asked, quotas, read, others = queues_asked(PREFIX, want)
    carefully(take_what_others_miss, read)
  end
  for place, queue in ipairs(asked) do carefully(take, queue, quotas[place], bytes_until(bytes, quotas[place], want)) end
  for _, queue in ipairs(asked) do carefully(take, queue, want, CLAIM_BYTES) end
  if #ids > 0 then
    in_batches('HSET', KEYS[3], owned)
    call('HSET', KEYS[2], 'turn', turn, 'claims', table.concat(claims, ' '))
    redis.pcall('ZREM', PREFIX .. 'idle', unpack(used))
    announce('claim', ids)
  end
  for _, queue in ipairs(asked) do
    if full[queue] or call('EXISTS', key('ready', queue)) == 0 then
      call('DEL', key('wake', queue))  -- tokens of a queue that gives nothing would only wake workers for it
    else
      reply[4] = 1
      wake(queue, 1)
    end
  end
  if others and examined > 0 then reply[4] = 1 end  -- where all are paused, who asks at once again asks in vain
  carefully(write_endings, now)
  carefully(thaw_freed, now)
  if trouble and #ids == 0 then error(trouble, 0) end
end
end_run()
reply[3], reply[5], reply[6] = next_due(), #secrets / 2, #sources / 2
for i = 1, #secrets do reply[told + i] = secrets[i] end
told = told + #secrets
for i = 1, #sources do reply[told + i] = sources[i] end
return reply
