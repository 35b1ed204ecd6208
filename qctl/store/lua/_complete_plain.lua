-- The short way of `complete`, which stands before the prelude: jobs that succeeded in their first attempt, that hold nothing
-- but a record and left no output; nobody waits for them, and nobody watches their tasks. Whatever it reads that is anything
-- else, it leaves to the long way before it has written anything. It reads each record once, and writes it once; of each index
-- one command is for all jobs.
-- uses  _plain
do
  local call, pcall, tonumber = redis.call, redis.pcall, tonumber
  local INLINE_VALUE = 512  -- bytes; as in `complete`

  local lengths = {}  -- as they stand in the packed form of a job, by the number
  local function length_of(text)
    local length = lengths[#text]
    if not length then
      length = struct.pack('>I4', #text)
      lengths[#text] = length
    end
    return length
  end

  -- A field in the packed form, see `pack`.
  local function packed(name, value) return string.char(#name) .. name .. length_of(value) .. value end

  -- What the packed forms of jobs end with that end under the same fence with the same value.
  local function common_end(fence, value, now_text)
    local back = packed('oc', 'succeeded') .. packed('en', now_text) .. packed('f', fence) .. packed('n', '1')
    if #value > INLINE_VALUE then return back .. packed('vb', string.sub(value, 1, 1) .. digits(#value - 1)) end
    return value == '' and back or back .. packed('v', value)
  end

  -- Read the jobs, and make their packed forms. Nil if one of them is not plain: it has more fields, or lacks one, or they
  -- hold what they should not, or another owns it.
  local function read_plain(now_text)
    local owner, seen, got, cursor = string.sub(KEYS[2], #name_of('running', '') + 1), {}, 0, 1
    local ids, names, records, by_task, by_queue, apart = {}, {}, {}, {}, {}, {}
    -- Of the record of such a job, where what stands; all have the same fields, and most of them in the same order.
    local size, t, q, p, at, b, s, sc, o, f, n, st, ex = 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
    local task, queue, level, enqueued, expires, body, front  -- of the job before
    for _ = 1, tonumber(ARGV[1]) do
      local fence, value, count = ARGV[cursor + 1], ARGV[cursor + 2], tonumber(ARGV[cursor + 4])
      if ARGV[cursor + 3] ~= '' or not tonumber(fence) then return nil end
      local back = common_end(fence, value, now_text)
      for place = cursor + 5, cursor + 3 + 2 * count, 2 do
        local id, record = ARGV[place], ARGV[place + 1]
        local name = name_of('job', id)
        local fields = pcall('HGETALL', name)
        if #fields ~= size or fields[t] ~= 't' or fields[q] ~= 'q' or fields[p] ~= 'p' or fields[at] ~= 'at'
          or fields[b] ~= 'b' or fields[s] ~= 's' or fields[sc] ~= 'sc' or fields[o] ~= 'o' or fields[f] ~= 'f'
          or fields[n] ~= 'n' or fields[st] ~= 'st' or size == 24 and fields[ex] ~= 'ex' then
          size, front = #fields, nil
          local at_ = {}
          for j = 1, size, 2 do at_[fields[j]] = j end
          t, q, p, at, b, s, sc = at_.t, at_.q, at_.p, at_.at, at_.b, at_.s, at_.sc
          o, f, n, st, ex = at_.o, at_.f, at_.n, at_.st, at_.ex
          if not (size == 22 or size == 24 and ex) or not (t and q and p and at and b and s and sc and o and f and n and st) then
            return nil
          end
        end
        if fields[s + 1] ~= 'running' or fields[f + 1] ~= fence or fields[o + 1] ~= owner or fields[n + 1] ~= '1'
          or record == '' or seen[id] or not tonumber(fields[sc + 1]) then
          return nil
        end
        local its_end = size == 24 and fields[ex + 1] or nil
        if not front or fields[t + 1] ~= task or fields[q + 1] ~= queue or fields[p + 1] ~= level
          or fields[at + 1] ~= enqueued or fields[b + 1] ~= body or its_end ~= expires then
          task, queue, level, enqueued, body = fields[t + 1], fields[q + 1], fields[p + 1], fields[at + 1], fields[b + 1]
          expires = its_end
          if #level ~= 1 or not (tonumber(level) and tonumber(enqueued) and tonumber(expires or '0')) then return nil end
          front = packed('t', task) .. packed('q', queue) .. packed('p', level) .. packed('at', enqueued) .. packed('b', body)
            .. (expires and packed('ex', expires) or '') .. '\2a1'
          by_task[task], by_queue[queue] = by_task[task] or {}, by_queue[queue] or 0
        end
        got = got + 1
        seen[id], ids[got], names[got], records[got] = true, id, name, front .. length_of(record) .. record .. back
        if #value > INLINE_VALUE then apart[#apart + 1], apart[#apart + 2] = name_of('value', id), value end
        local list = by_task[task]
        list[#list + 1], list[#list + 2] = now_text, id
        by_queue[queue] = by_queue[queue] + 1
      end
      cursor = cursor + 4 + 2 * count
    end
    return {ids = ids, names = names, records = records, by_task = by_task, by_queue = by_queue, apart = apart}
  end

  -- What is counted; nil if one of the tasks is watched.
  local function counts_of(found)
    local scopes, counts = {}, {}
    for task, list in pairs(found.by_task) do
      scopes[#scopes + 1], counts['succeeded:' .. task] = 'notify:' .. task, #list / 2
    end
    for queue, count in pairs(found.by_queue) do counts['out:' .. queue] = count end
    if #scopes == 0 or #scopes > MOST_SCOPES then return nil end
    for _, watched in ipairs(call('HMGET', plain_prefix .. 'rules', unpack(scopes))) do
      if watched then return nil end
    end
    return counts
  end

  local now = time_in_ms()
  local found = read_plain(digits(now))
  local counts = found and counts_of(found)
  if counts then
    call('DEL', KEYS[1])
    if count_plain(now, counts) then
      local ids, names, records, apart = found.ids, found.names, found.records, found.apart
      for task, list in pairs(found.by_task) do
        carry_out('ZADD', name_of('ended', task), list)
        call('SADD', plain_prefix .. 'tasks', task)
      end
      for i = 1, #apart, 2 do call('SET', apart[i], apart[i + 1]) end
      for i = 1, #names do call('SET', names[i], records[i]) end
      carry_out('HDEL', KEYS[2], ids)
      local told = table.concat(ids, ' ')
      call('XADD', plain_prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'verb', 'complete', 'ids', told)
      pcall('PUBLISH', plain_prefix .. 'ended', told)  -- a hint: a user without the right to channels goes on
      return 'DONE'
    end
  end
end
