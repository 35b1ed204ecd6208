-- The short way of `claim`, which stands before the prelude: jobs in their first attempt that nothing but their order has a
-- say in, of queues without limits and pauses. Whatever it reads that is anything else, it leaves to the long way before it
-- has written anything; but of the only queue that has jobs it hands over those before one that is not plain, if they are as
-- many as a stretch. It reads each record once, and writes it once; of each index one command is for all jobs.
-- uses  _claiming _plain

-- Whether it has left a queue to the long way for one of its jobs alone: behind that there may be plain ones again.
local mixed = false
do
  local call, pcall, tonumber = redis.call, redis.pcall, tonumber
  local worker, turn, want = ARGV[1], ARGV[2], tonumber(ARGV[3])

  -- Of most of what could have a say there is nothing in many a namespace: then one command tells so of all of it.
  local nothing

  -- For each queue its key and the scope of its rule, or nil: one is asked for twice, or somebody has paused it.
  local function look_at(asked)
    local pauses, scopes, keys, known = {'*'}, {}, {}, {}
    for i = 1, #asked do
      local queue = asked[i]
      if known[queue] then return nil end
      known[queue] = true
      local shared = string.match(queue, '^[^@]*')
      pauses[i + 1], scopes[i], keys[i] = shared, 'queue:' .. shared, name_of('ready', queue)
    end
    for _, pause in ipairs(nothing and {} or call('HMGET', plain_prefix .. 'paused', unpack(pauses))) do
      if pause then return nil end
    end
    return keys, scopes
  end

  -- What is to be handed over of `found`, where the next job of a queue is not plain; nil: all goes the long way.
  local function up_to_here(found, keys, place, taken)
    if call('EXISTS', unpack(keys)) > 1 then return nil end
    mixed = #found.ids < STRETCH
    found.taken[place] = taken
    return not mixed and found or nil
  end

  -- Read the first jobs of the queues: from each its quota, then what is left, as far as they have any and their bodies are
  -- not too long together, up to one that is not plain: it has more fields, or lacks one, or they hold what they should not,
  -- or its time is over.
  local function read_plain(asked, quotas, keys, now)
    local ids, names, tasks, queues, times, bodies, got = {}, {}, {}, {}, {}, {}, 0
    local waits, taken, drained, bytes = {}, {}, {}, 0
    local plain = {ids = ids, names = names, tasks = tasks, queues = queues, times = times, bodies = bodies, waits = waits,
      taken = taken, drained = drained}
    for place = 1, #asked do taken[place] = 0 end
    -- Of the record of such a job, where what stands; all have the same fields, and most of them in the same order.
    local size, t, q, p, at, b, s, sc, ex = 0, 1, 1, 1, 1, 1, 1, 1, 1
    local level, body, enqueued, bucket  -- of the job before
    for pass = 1, 2 do
      for place = 1, #asked do
        local queue, from, left, most = asked[place], taken[place], want - got, CLAIM_BYTES
        if pass == 1 then left, most = math.min(left, quotas[place]), bytes_until(bytes, quotas[place], want) end
        local found = left > 0 and not drained[place] and call('ZRANGE', keys[place], from, from + left - 1) or {}
        local first = got
        for i = 1, #found do
          if bytes >= most then break end
          local id = found[i]
          local name = name_of('job', id)
          local fields = pcall('HGETALL', name)
          if #fields ~= size or fields[t] ~= 't' or fields[q] ~= 'q' or fields[p] ~= 'p' or fields[at] ~= 'at'
            or fields[b] ~= 'b' or fields[s] ~= 's' or fields[sc] ~= 'sc' or size == 16 and fields[ex] ~= 'ex' then
            size = #fields
            local at_ = {}
            for j = 1, size, 2 do at_[fields[j]] = j end
            t, q, p, at, b, s, sc, ex = at_.t, at_.q, at_.p, at_.at, at_.b, at_.s, at_.sc, at_.ex
            if not (size == 14 or size == 16 and ex) or not (t and q and p and at and b and s and sc) then
              return up_to_here(plain, keys, place, from + got - first)
            end
          end
          if fields[s + 1] ~= 'queued' or fields[q + 1] ~= queue or not tonumber(fields[sc + 1])
            or size == 16 and (tonumber(fields[ex + 1]) or 0) <= now then
            return up_to_here(plain, keys, place, from + got - first)
          end
          if fields[p + 1] ~= level then
            level = fields[p + 1]
            if #level ~= 1 or not tonumber(level) then return nil end
          end
          if fields[b + 1] ~= body then
            body = fields[b + 1]
            if string.sub(body, 1, 8) == '{"form":' then return nil end
          end
          if fields[at + 1] ~= enqueued then
            enqueued = fields[at + 1]
            if not tonumber(enqueued) then return nil end
            bucket = 'wait:' .. digits(math.floor(4 * math.log(math.max(1, now - enqueued)) / math.log(2)))
          end
          waits[bucket] = (waits[bucket] or 0) + 1
          got, bytes = got + 1, bytes + #body
          ids[got], names[got], tasks[got], queues[got] = id, name, fields[t + 1], queue
          times[got], bodies[got] = enqueued, body
        end
        taken[place] = from + got - first
        drained[place] = drained[place] or left > #found and got - first == #found
      end
    end
    return plain
  end

  -- Whether a rule has a say in what may run: of a queue one that bounds more than its length, of a task any.
  local function is_ruled(scopes, tasks)
    local queues, known = #scopes, {}
    for i = 1, #tasks do
      if not known[tasks[i]] then
        known[tasks[i]] = true
        scopes[#scopes + 1] = 'task:' .. tasks[i]
      end
    end
    if #scopes == 0 or #scopes > ENTRIES then return #scopes > 0 end
    if nothing then return false end
    for place, rule in ipairs(call('HMGET', plain_prefix .. 'rules', unpack(scopes))) do
      local bounds = rule and (string.find(rule, '"running"', 1, true) or string.find(rule, '"starts"', 1, true))
      if rule and (place > queues or bounds) then return true end
    end
    return false
  end

  local function hand_over(found, asked, keys, now_text)
    local ids, names, owned, used = found.ids, found.names, {}, {}
    for i = 1, #ids do owned[2 * i - 1], owned[2 * i] = ids[i], '1' end
    carry_out('HSET', KEYS[3], owned)
    call('HSET', KEYS[2], 'turn', turn, 'claims', table.concat(ids, ' 1 ') .. ' 1')
    for place = 1, #asked do
      if found.taken[place] > 0 then
        call('ZREMRANGEBYRANK', keys[place], 0, found.taken[place] - 1)
        used[#used + 1] = asked[place]
      end
    end
    for i = 1, #ids do
      call('HSET', names[i], 's', 'running', 'o', worker, 'f', '1', 'n', '1', 'st', now_text)
    end
    if not nothing then pcall('ZREM', plain_prefix .. 'idle', unpack(used)) end
    pcall('XADD', plain_prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'verb', 'claim', 'ids', table.concat(ids, ' '))
  end

  -- 1 if more is ready: somebody is woken for it. Tokens of a queue that gives nothing would only wake workers for it.
  local function more_of(asked, keys, drained)
    local more = 0
    for place = 1, #asked do
      local tokens = name_of('wake', asked[place])
      if drained[place] or call('EXISTS', keys[place]) == 0 then
        call('DEL', tokens)
      else
        more = 1
        local waiting = pcall('LLEN', tokens)
        if type(waiting) == 'number' and waiting < 16 then
          call('RPUSH', tokens, '1')
          call('PEXPIRE', tokens, 60000)
        end
      end
    end
    return more
  end

  -- As `next_due`.
  local function due_next()
    if nothing then return '' end
    if call('EXISTS', plain_prefix .. 'unsettled', plain_prefix .. 'unstepped') > 0 then return '0' end
    local due
    for _, index in ipairs({'scheduled', 'thaw', 'deadlines'}) do
      local first = pcall('ZRANGE', plain_prefix .. index, 0, 0, 'WITHSCORES')[2]
      if first and not (due and tonumber(due) <= tonumber(first)) then due = first end
    end
    return due or ''
  end

  -- The reply, or nil where the long way is to be gone.
  local function claim_plain()
    local asked, quotas, _, others = queues_asked(plain_prefix, want)
    if #asked > MOST_SCOPES then return nil end
    local keys, scopes = look_at(asked)
    local now = time_in_ms()
    local found = keys and read_plain(asked, quotas, keys, now)
    if not found or is_ruled(scopes, found.tasks) then return nil end
    call('DEL', KEYS[1])
    local ids, tasks, queues = found.ids, found.tasks, found.queues
    if #ids > 0 then
      if not count_plain(now, found.waits) then return nil end
      hand_over(found, asked, keys, digits(now))
    end
    local reply, told, first = {'OK', digits(now), '', more_of(asked, keys, found.drained), 0, 0}, 6, 1
    if others and #ids > 0 then reply[4] = 1 end
    reply[3] = due_next()
    for i = 2, #ids + 1 do
      if tasks[i] ~= tasks[first] or queues[i] ~= queues[first] then
        local run = {tasks[first], queues[first], '1', '1', '0', '0', '0'}
        told, first = tell_run(reply, told, run, ids, found.times, found.bodies, first, i - 1), i
      end
    end
    return reply
  end

  if ARGV[4] ~= '#' and want > 0 then
    local record = call('HMGET', KEYS[2], 'beat', 'turn', 'condemned')
    nothing = call('EXISTS', plain_prefix .. 'missing', plain_prefix .. 'paused', plain_prefix .. 'rules', plain_prefix .. 'idle',
      plain_prefix .. 'unsettled', plain_prefix .. 'unstepped', plain_prefix .. 'scheduled', plain_prefix .. 'thaw',
      plain_prefix .. 'deadlines') == 0
    if record[1] and not record[3] and tonumber(turn) > tonumber(record[2] or '-1')
      and (nothing or call('EXISTS', plain_prefix .. 'missing') == 0) then
      local reply = claim_plain()
      if reply then return reply end
    end
  end
end
