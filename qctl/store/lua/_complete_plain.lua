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

  -- What stands of its value in the packed form of a job.
  local function packed_value(value)
    if #value > INLINE_VALUE then return packed('vb', string.sub(value, 1, 1) .. digits(#value - 1)) end
    return value == '' and '' or packed('v', value)
  end

  -- Read the jobs, and make their packed forms. Nil if one of them is not plain: it has more fields, or lacks one, or they
  -- hold what they should not, or another owns it.
  local function read_plain(now_text)
    local owner, seen, got, cursor = string.sub(KEYS[2], #name_of('running', '') + 1), {}, 0, 1
    local ids, written, by_task, by_queue = {}, {}, {}, {}
    -- Of the record of such a job, where what stands; all have the same fields, and most of them in the same order.
    local size, t, q, p, at, b, s, sc, o, f, n, st, ex = 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1
    local task, queue, level, enqueued, expires, head  -- of the job before
    for _ = 1, tonumber(ARGV[1]) do
      local fence, output, value, width = ARGV[cursor + 1], ARGV[cursor + 2], ARGV[cursor + 3], tonumber(ARGV[cursor + 4])
      if output ~= '' or not tonumber(fence) then return nil end
      local common = packed('oc', 'succeeded') .. packed('en', now_text) .. packed('f', fence) .. packed('n', '1')
      local first, back = cursor + 6, packed_value(value)
      cursor = cursor + 5 + width * tonumber(ARGV[cursor + 5])
      for place = first, cursor, width do
        local id, record = ARGV[place], ARGV[place + 1]
        local name = name_of('job', id)
        local fields = pcall('HGETALL', name)
        if #fields ~= size or fields[t] ~= 't' or fields[q] ~= 'q' or fields[p] ~= 'p' or fields[at] ~= 'at'
          or fields[b] ~= 'b' or fields[s] ~= 's' or fields[sc] ~= 'sc' or fields[o] ~= 'o' or fields[f] ~= 'f'
          or fields[n] ~= 'n' or fields[st] ~= 'st' or size == 24 and fields[ex] ~= 'ex' then
          size, head = #fields, nil
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
        if not head or fields[t + 1] ~= task or fields[q + 1] ~= queue or fields[p + 1] ~= level
          or fields[at + 1] ~= enqueued or its_end ~= expires then
          task, queue, level, enqueued, expires = fields[t + 1], fields[q + 1], fields[p + 1], fields[at + 1], its_end
          if #level ~= 1 or not (tonumber(level) and tonumber(enqueued) and tonumber(expires or '0')) then return nil end
          head = packed('t', task) .. packed('q', queue) .. packed('p', level) .. packed('at', enqueued)
            .. (expires and packed('ex', expires) or '') .. '\1b'
          by_task[task], by_queue[queue] = by_task[task] or {}, by_queue[queue] or 0
        end
        local body = fields[b + 1]
        if width == 3 and ARGV[place + 2] ~= value then
          value = ARGV[place + 2]
          back = packed_value(value)
        end
        got = got + 1
        seen[id], ids[got] = true, id
        written[#written + 1], written[#written + 2] = name, head .. length_of(body) .. body
          .. '\2a1' .. length_of(record) .. record .. common .. back
        if #value > INLINE_VALUE then written[#written + 1], written[#written + 2] = name_of('value', id), value end
        local list = by_task[task]
        list[#list + 1], list[#list + 2] = now_text, id
        by_queue[queue] = by_queue[queue] + 1
      end
    end
    return {ids = ids, written = written, by_task = by_task, by_queue = by_queue}
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
      local ids, written = found.ids, found.written
      for task, list in pairs(found.by_task) do
        carry_out('ZADD', name_of('ended', task), list)
        call('SADD', plain_prefix .. 'tasks', task)
      end
      for i = 1, #written, ENTRIES do call('MSET', unpack(written, i, math.min(i + ENTRIES - 1, #written))) end
      carry_out('HDEL', KEYS[2], ids)
      local told = table.concat(ids, ' ')
      pcall('XADD', plain_prefix .. 'events', 'MAXLEN', '~', 10000, '*', 'verb', 'complete', 'ids', told)
      pcall('PUBLISH', plain_prefix .. 'ended', told)  -- a hint: a user without the right to channels goes on
      return 'DONE'
    end
  end
end
