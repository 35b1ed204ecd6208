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
-- the worker reads waits for one that reads it.
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
  local kept = job.sk and call('GET', key('secret', id))
  if kept then secrets[#secrets + 1], secrets[#secrets + 2] = id, kept end
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

local function hand_over(id, job)
  local fence, attempt = int(tonumber(job.f or '0') + 1), int(tonumber(job.n or '0') + 1)
  local limits = take_limits(id, job, fence, now)
  call('HSET', job_key(id), 's', 'running', 'o', worker, 'f', fence, 'n', attempt, 'st', now_text)
  if limits then call('HSET', job_key(id), 'h', limits) end
  if job.sk then call('PERSIST', key('secret', id)) end
  if attempt == '1' then  -- waits are counted by their size: four buckets from one power of two to the next
    local waited = math.max(1, now - math.max(tonumber(job.at), tonumber(job.et or '0')))
    tally('wait', int(math.floor(4 * math.log(waited) / math.log(2))))
  end
  if job.sd and attempt == '1' then tell_start(id, job, now) end
  tell(id, fence, attempt, job)
  owned[#owned + 1], owned[#owned + 2] = id, fence
  claims[#claims + 1], ids[#ids + 1] = id .. ' ' .. fence, id
  if not is_used[job.q] then used[#used + 1], is_used[job.q] = job.q, true end
end

local function take_one(id, job)
  if not (job and job.s == 'queued') or later_form(job, reads) then return end
  if #ids < want and room_of(job.q, now) > 0 and not held_by(job, now) then
    leave_queue(id, job)
    call('HDEL', job_key(id), 'pk')
    hand_over(id, job)
  end
end

-- A job, or of a workflow those of its nodes that were released, also of one that has taken a job's place.
local take_all_of
function take_all_of(id)
  local job, nodes = live_job(id), call('ZRANGE', key('live', id), 0, want + 199)
  if job or #nodes > 0 then reply[4] = 2 end
  if job and job.rp then return take_all_of(job.rp) end
  if not (job and job.w) then take_one(id, job) end
  for _, name in ipairs(nodes) do take_all_of(id .. '.' .. name) end
end

local function take_these()
  for _ = 1, number() do take_all_of(word()) end
end

local full = {}  -- queues that are at a limit of their own

-- Nobody knows how large jobs are before they have been read: those that were one too many go back to their places. Where the
-- short way was left for one job alone, it goes on there as soon as there is a stretch of jobs that look plain: they have
-- what each has, and perhaps an end of their time.
local function take(queue, quota, most)
  local room, stretch = room_of(queue, now), 0
  local left = math.min(quota, want - #ids, room)
  while left > 0 and examined < want + 200 and bytes < most do
    if stretch == STRETCH then want = #ids return end
    local popped = call('ZPOPMIN', key('ready', queue), mixed and math.min(left, STRETCH) or left)
    if #popped == 0 then return end
    stretch = 0
    for i = 1, #popped, 2 do
      if bytes >= most then
        for j = i, #popped, 2 do call('ZADD', key('ready', queue), popped[j + 1], popped[j]) end
        return
      end
      local id = popped[i]
      local job = live_job(id)
      examined, bytes = examined + 1, bytes + #(job and job.b or '')
      if not job then
        lose_record(id)
      elseif job.s == 'queued' and job.ex and tonumber(job.ex) <= now then
        finish(id, job, 'expired', 'expired', now, {})
      elseif job.s == 'queued' and later_form(job, reads) then
        park_as_missing(id, job, 'form ' .. later_form(job, reads), now)
      elseif job.s == 'queued' then
        local limit, at = held_by(job, now)
        if limit then
          park(id, job, limit, at, now)
        else
          if mixed then
            local fields = job.ex and -1 or 0
            for _ in pairs(job) do fields = fields + 1 end
            stretch = fields == 7 and stretch + 1 or 0
          end
          hand_over(id, job)
          left, room = left - 1, room - 1
        end
      end
    end
  end
  full[queue] = room <= 0
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
      leave_queue(id, job)
      call('HDEL', job_key(id), 'pk')
      hand_over(id, job)
    end
    return true
  end)
end

if turn == record[2] then
  tell_again()
elseif want > 0 and tonumber(turn) > tonumber(record[2] or '-1') then
  open_door()
  if count == '#' then take_these() end
  local asked, quotas, read, others = {}, {}, nil, false
  if count ~= '#' then
    asked, quotas, read, others = queues_asked(PREFIX, want)
    take_what_others_miss(read)
  end
  for place, queue in ipairs(asked) do take(queue, quotas[place], bytes_until(bytes, quotas[place], want)) end
  for _, queue in ipairs(asked) do take(queue, want, CLAIM_BYTES) end
  if #ids > 0 then
    in_batches('HSET', KEYS[3], owned)
    call('HSET', KEYS[2], 'turn', turn, 'claims', table.concat(claims, ' '))
    call('ZREM', PREFIX .. 'idle', unpack(used))
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
  write_endings(now)
  thaw_freed(now)
end
end_run()
reply[3], reply[5], reply[6] = next_due(), #secrets / 2, #sources / 2
for i = 1, #secrets do reply[told + i] = secrets[i] end
told = told + #secrets
for i = 1, #sources do reply[told + i] = sources[i] end
return reply
