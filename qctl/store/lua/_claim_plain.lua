-- The short way of `claim`, which stands before the prelude: jobs in their first attempt that nothing but their order has a
-- say in, of queues without limits and pauses. Whatever it reads that is anything else, it leaves to the long way before it
-- has written anything; of a counter with garbage in it alone it may find that out later.
-- It reads each record once, and writes it once; of each index one command is for all jobs.

-- How jobs of one run are told, those from `first` to `last` of three lists; see the label of `claim`. `run` says what they
-- have in common. Answers how many words the reply has by then.
local function tell_run(reply, told, run, ids, times, bodies, first, last)
  local time, body = times[first], bodies[first]
  for i = first + 1, last do
    if times[i] ~= time then time = '' end
    if bodies[i] ~= body then body = '' end
  end
  for i = 1, 7 do reply[told + i] = run[i] end
  reply[told + 8], reply[told + 9], reply[told + 10] = time, body, last - first + 1
  told = told + 10
  for i = first, last do
    told = told + 1
    reply[told] = ids[i]
  end
  for i = first, time == '' and last or 0 do
    told = told + 1
    reply[told] = times[i]
  end
  for i = first, body == '' and last or 0 do
    told = told + 1
    reply[told] = bodies[i]
  end
  return told
end

-- The queues that a worker asks for, in their order, each with its quota.
local function queues_asked()
  local asked, quotas = {}, {}
  local turn, want, count = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
  if count ~= '*' then
    for i = 1, tonumber(count) do asked[i], quotas[i] = ARGV[3 + 2 * i], tonumber(ARGV[4 + 2 * i]) end
    return asked, quotas
  end
  local host, names = ARGV[5], {}
  for _, name in ipairs(redis.call('SMEMBERS', string.sub(KEYS[1], 1, -5) .. 'queues')) do
    local alone = string.match(name, '@(.*)$')
    if not alone or alone == host then names[#names + 1] = name end
  end
  table.sort(names)
  for i = 1, #names do
    -- Each turn begins with another queue, so that none is always last.
    asked[i], quotas[i] = names[(i + turn) % #names + 1], math.ceil(want / #names)
  end
  return asked, quotas
end

do
  local call, pcall, find, sub, int = redis.call, redis.pcall, string.find, string.sub, string.format
  local prefix, worker, turn, want = sub(KEYS[1], 1, -5), ARGV[1], ARGV[2], tonumber(ARGV[3])
  local record = call('HMGET', KEYS[2], 'beat', 'turn', 'condemned')
  local newer = record[1] and not record[3] and want > 0 and tonumber(turn) > tonumber(record[2] or '-1')

  -- Answers the reply, or nil where the long way is to be gone.
  local function take_plain()
    local asked, quotas = queues_asked()
    if #asked == 0 or #asked > 200 then return nil end
    local pauses, scopes, keys, known, ready = {'*'}, {}, {}, {}, prefix .. 'ready:'
    for i = 1, #asked do
      if known[asked[i]] then return nil end
      known[asked[i]] = true
      local shared = string.match(asked[i], '^[^@]*')
      pauses[i + 1], scopes[i], keys[i] = shared, 'queue:' .. shared, ready .. asked[i]
    end
    for _, pause in ipairs(call('HMGET', prefix .. 'paused', unpack(pauses))) do
      if pause then return nil end
    end
    local time = call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local now_text = int('%.0f', now)

    -- Of the record of such a job, where what stands; all have the same fields, and most of them in the same order.
    local size, t, q, p, at, b, s, sc, ex = 0, 1, 1, 1, 1, 1, 1, 1, 1
    local ids, names, tasks, queues, times, bodies, got = {}, {}, {}, {}, {}, {}, 0
    local level, body, enqueued, bucket, task  -- of the job before
    local waits, taken, short = {}, {}, {}
    local job = prefix .. 'job:'
    for pass = 1, 2 do
      for place = 1, #asked do
        local left, queue = want - got, asked[place]
        if pass == 1 then left = math.min(left, quotas[place]) end
        local from = taken[place] or 0
        local found = left > 0 and not short[place] and call('ZRANGE', keys[place], from, from + left - 1) or {}
        taken[place], short[place] = from + #found, short[place] or left > #found
        for i = 1, #found do
          local id = found[i]
          local name = job .. id
          local fields = pcall('HGETALL', name)
          if size ~= #fields or fields[t] ~= 't' or fields[q] ~= 'q' or fields[p] ~= 'p' or fields[at] ~= 'at'
            or fields[b] ~= 'b' or fields[s] ~= 's' or fields[sc] ~= 'sc' or size == 16 and fields[ex] ~= 'ex' then
            size = #fields
            if size ~= 14 and size ~= 16 then return nil end
            local places = {}
            for j = 1, size, 2 do places[fields[j]] = j end
            t, q, p, at, b, s, sc, ex = places.t, places.q, places.p, places.at, places.b, places.s, places.sc, places.ex
            if not (t and q and p and at and b and s and sc) or size == 16 and not ex then return nil end
          end
          if fields[s + 1] ~= 'queued' or fields[q + 1] ~= queue or not tonumber(fields[sc + 1]) then return nil end
          if size == 16 and not ((tonumber(fields[ex + 1]) or 0) > now) then return nil end
          if fields[p + 1] ~= level then
            level = fields[p + 1]
            if #level ~= 1 or not tonumber(level) then return nil end
          end
          if fields[b + 1] ~= body then
            body = fields[b + 1]
            if sub(body, 1, 8) == '{"form":' then return nil end
          end
          if fields[at + 1] ~= enqueued then
            enqueued = fields[at + 1]
            local waited = tonumber(enqueued)
            if not waited then return nil end
            bucket = int('%.0f', math.floor(4 * math.log(math.max(1, now - waited)) / math.log(2)))
          end
          if fields[t + 1] ~= task then
            task = fields[t + 1]
            scopes[#scopes + 1] = 'task:' .. task
          end
          waits[bucket] = (waits[bucket] or 0) + 1
          got = got + 1
          ids[got], names[got], tasks[got], queues[got] = id, name, task, queue
          times[got], bodies[got] = enqueued, body
        end
      end
    end
    if #scopes > 1000 then return nil end
    for place, rule in ipairs(call('HMGET', prefix .. 'rules', unpack(scopes))) do
      if rule and (place > #asked or find(rule, '"running"', 1, true) or find(rule, '"starts"', 1, true)) then return nil end
    end

    call('DEL', KEYS[1])
    if got > 0 then
      local stats, begun = prefix .. 'stats:' .. int('%.0f', math.floor(now / 60000)), nil
      for name, count in pairs(waits) do
        local sum = pcall('HINCRBY', stats, 'wait:' .. name, count)
        if type(sum) == 'number' then
          begun = begun or sum == count
        elseif begun == nil then
          return nil  -- somebody has written something else there; put right the long way
        else
          call('HSET', stats, 'wait:' .. name, count)
        end
      end
      if begun then call('PEXPIRE', stats, 172800000) end
      local owned, claims = {}, table.concat(ids, ' 1 ') .. ' 1'
      for i = 1, got do owned[2 * i - 1], owned[2 * i] = ids[i], '1' end
      for i = 1, 2 * got, 1000 do call('HSET', KEYS[3], unpack(owned, i, math.min(i + 999, 2 * got))) end
      call('HSET', KEYS[2], 'turn', turn, 'claims', claims)
      local used = {}
      for place = 1, #asked do
        if taken[place] > 0 then
          call('ZREMRANGEBYRANK', keys[place], 0, taken[place] - 1)
          used[#used + 1] = asked[place]
        end
      end
      for i = 1, got do
        call('HSET', names[i], 's', 'running', 'o', worker, 'f', '1', 'n', '1', 'st', now_text)
      end
      call('ZREM', prefix .. 'idle', unpack(used))
      call('XADD', prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'verb', 'claim', 'ids', table.concat(ids, ' '))
    end

    local more = 0
    for place = 1, #asked do
      local tokens = prefix .. 'wake:' .. asked[place]
      if short[place] or call('EXISTS', keys[place]) == 0 then
        call('DEL', tokens)  -- those of a queue that gives nothing would only wake workers for it
      else
        more = 1
        if call('LLEN', tokens) < 16 then
          call('RPUSH', tokens, '1')
          call('PEXPIRE', tokens, 60000)
        end
      end
    end
    local due = ''
    if call('EXISTS', prefix .. 'unsettled', prefix .. 'unstepped') > 0 then
      due = '0'
    else
      for _, index in ipairs({'scheduled', 'thaw', 'deadlines'}) do
        local first = call('ZRANGE', prefix .. index, 0, 0, 'WITHSCORES')[2]
        if first and (due == '' or tonumber(first) < tonumber(due)) then due = first end
      end
    end
    local reply, told, first = {'OK', now_text, due, more, 0, 0}, 6, 1
    for i = 2, got + 1 do
      if i > got or tasks[i] ~= tasks[first] or queues[i] ~= queues[first] then
        local run = {tasks[first], queues[first], '1', '1', '0', '0', '0'}
        told, first = tell_run(reply, told, run, ids, times, bodies, first, i - 1), i
      end
    end
    return reply
  end

  local reply = newer and call('EXISTS', prefix .. 'missing') == 0 and ARGV[4] ~= '#' and take_plain()
  if reply then return reply end
end
