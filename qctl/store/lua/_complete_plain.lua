-- The short way of `complete`, which stands before the prelude: jobs that succeeded in their first attempt, that hold nothing
-- but a record and a place in their queue's order, and left no output; nobody waits for them, and nobody watches their tasks.
-- Whatever it reads that is anything else, it leaves to the long way before it has written anything.
-- It reads each record once, and writes it once; of each index one command is for all jobs.

do
  local call, pcall, find, int = redis.call, redis.pcall, string.find, string.format
  local prefix, running = string.sub(KEYS[1], 1, -5), KEYS[2]

  local lengths = {}  -- as they stand in the packed form of a job, by the number
  local function framed(name, value)
    local length = lengths[#value]
    if not length then
      length = struct.pack('>I4', #value)
      lengths[#value] = length
    end
    return string.char(#name) .. name .. length .. value
  end

  -- Whether all was done.
  local function complete_plain()
    local time = call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local now_text, worker = int('%.0f', now), string.sub(running, #prefix + 9)

    -- Of the record of such a job, where what stands; all have the same fields, and most of them in the same order.
    local size, t, q, p, at, b, s, sc, o, f, n, st, ex = 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
    local task, queue, level, enqueued, expires, body, front  -- of the job before
    local ids, seen, names, records, ended, values, got = {}, {}, {}, {}, {}, {}, 0
    local by_task, by_queue, job = {}, {}, prefix .. 'job:'
    local cursor = 1
    for _ = 1, tonumber(ARGV[1]) do
      local fence, value, count = ARGV[cursor + 1], ARGV[cursor + 2], tonumber(ARGV[cursor + 4])
      if ARGV[cursor + 3] ~= '' then return false end
      local back = framed('oc', 'succeeded') .. framed('en', now_text) .. framed('f', fence) .. framed('n', '1')
      local apart = #value > 512
      if apart then
        back = back .. framed('vb', string.sub(value, 1, 1) .. int('%.0f', #value - 1))
      elseif value ~= '' then
        back = back .. framed('v', value)
      end
      for place = cursor + 5, cursor + 3 + 2 * count, 2 do
        local id, record = ARGV[place], ARGV[place + 1]
        local name = job .. id
        local fields = pcall('HGETALL', name)
        if size ~= #fields or fields[t] ~= 't' or fields[q] ~= 'q' or fields[p] ~= 'p' or fields[at] ~= 'at'
          or fields[b] ~= 'b' or fields[s] ~= 's' or fields[sc] ~= 'sc' or fields[o] ~= 'o' or fields[f] ~= 'f'
          or fields[n] ~= 'n' or fields[st] ~= 'st' or size == 24 and fields[ex] ~= 'ex' then
          size = #fields
          if size ~= 22 and size ~= 24 then return false end
          local places = {}
          for j = 1, size, 2 do places[fields[j]] = j end
          t, q, p, at, b, s, sc = places.t, places.q, places.p, places.at, places.b, places.s, places.sc
          o, f, n, st, ex = places.o, places.f, places.n, places.st, places.ex
          if not (t and q and p and at and b and s and sc and o and f and n and st) or size == 24 and not ex then
            return false
          end
          front = nil
        end
        if fields[s + 1] ~= 'running' or fields[f + 1] ~= fence or fields[o + 1] ~= worker or fields[n + 1] ~= '1'
          or record == '' or seen[id] or not tonumber(fields[sc + 1]) then
          return false
        end
        local its = size == 24 and fields[ex + 1] or nil
        if not front or fields[t + 1] ~= task or fields[q + 1] ~= queue or fields[p + 1] ~= level
          or fields[at + 1] ~= enqueued or fields[b + 1] ~= body or its ~= expires then
          task, queue, level, enqueued, body = fields[t + 1], fields[q + 1], fields[p + 1], fields[at + 1], fields[b + 1]
          expires = its
          if #level ~= 1 or not (tonumber(level) and tonumber(enqueued) and tonumber(fence)) then return false end
          if expires and not tonumber(expires) then return false end
          front = framed('t', task) .. framed('q', queue) .. framed('p', level) .. framed('at', enqueued) .. framed('b', body)
          if expires then front = front .. framed('ex', expires) end
          by_task[task] = by_task[task] or {}
          by_queue[queue] = by_queue[queue] or 0
        end
        local length = lengths[#record]
        if not length then
          length = struct.pack('>I4', #record)
          lengths[#record] = length
        end
        got = got + 1
        seen[id], ids[got], names[got] = true, id, name
        records[got] = front .. '\2a1' .. length .. record .. back
        if apart then values[#values + 1], values[#values + 2] = prefix .. 'value:' .. id, value end
        local list = by_task[task]
        list[#list + 1], list[#list + 2] = now_text, id
        by_queue[queue] = by_queue[queue] + 1
      end
      cursor = cursor + 4 + 2 * count
    end
    if got == 0 then return false end

    local scopes, counts = {}, {}
    for name, list in pairs(by_task) do
      scopes[#scopes + 1] = 'notify:' .. name
      counts['succeeded:' .. name] = #list / 2
    end
    for name, count in pairs(by_queue) do counts['out:' .. name] = count end
    if #scopes > 1000 then return false end
    for _, watched in ipairs(call('HMGET', prefix .. 'rules', unpack(scopes))) do
      if watched then return false end
    end

    call('DEL', KEYS[1])
    local stats, begun = prefix .. 'stats:' .. int('%.0f', math.floor(now / 60000)), nil
    for name, count in pairs(counts) do
      local sum = pcall('HINCRBY', stats, name, count)
      if type(sum) == 'number' then
        begun = begun or sum == count
      elseif begun == nil then
        return false  -- somebody has written something else there; put right the long way
      else
        call('HSET', stats, name, count)
      end
    end
    if begun then call('PEXPIRE', stats, 172800000) end
    for name, list in pairs(by_task) do
      for i = 1, #list, 1000 do call('ZADD', prefix .. 'ended:' .. name, unpack(list, i, math.min(i + 999, #list))) end
      call('SADD', prefix .. 'tasks', name)
    end
    for i = 1, #values, 2 do call('SET', values[i], values[i + 1]) end
    for i = 1, got do call('SET', names[i], records[i]) end
    for i = 1, got, 1000 do call('HDEL', running, unpack(ids, i, math.min(i + 999, got))) end
    local told = table.concat(ids, ' ')
    call('XADD', prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'verb', 'complete', 'ids', told)
    pcall('PUBLISH', prefix .. 'ended', told)  -- a hint; a user without the right to channels goes on
    return true
  end

  if complete_plain() then return 'DONE' end
end
