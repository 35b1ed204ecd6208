-- The short way of `submit`, which stands before the prelude: one run of plain jobs, all of them new, into a known queue of any
-- length. Of each index and counter one command is for all of them, and of a job one that writes its record.
-- It declares next to no functions: making those of the other pieces takes longer than all of this. What it does not answer
-- goes the long way, where each word of it is said once more.

if ARGV[1] == '1' and ARGV[5] == '' and ARGV[#ARGV] == '0' then
  local call, int, prefix = redis.call, string.format, string.sub(KEYS[1], 1, -5)
  local function key(kind, name) return prefix .. kind .. ':' .. name end
  local task, queue, priority, count = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[7])
  local job, rules = key('job', ''), prefix .. 'rules'
  local ids, names = {ARGV[8]}, {job .. ARGV[8]}
  for i = 2, count do
    local id = ARGV[6 + 2 * i]
    ids[i], names[i] = id, job .. id
  end
  -- Most often there are neither such jobs nor any rules: one command asks for both.
  local found = call('EXISTS', rules, unpack(names, 1, math.min(1000, count)))
  for i = 1001, count, 1000 do found = found + call('EXISTS', unpack(names, i, math.min(i + 999, count))) end
  if found == 1 then
    local rule = call('HGET', rules, 'queue:' .. string.match(queue, '^[^@]*'))
    if not (rule and string.find(rule, '"length"', 1, true)) then found = 1 - call('EXISTS', rules) end
  end
  local short = found == 0 and call('SISMEMBER', prefix .. 'queues', queue) == 1
  -- The first write needs memory. A counter in which somebody has written something else is put right the long way.
  local last = short and redis.pcall('INCRBY', prefix .. 'seq', ARGV[7])
  if type(last) == 'number' and last > 0 and last < 562949953421312 then
    local time = call('TIME')
    local stats = key('stats', math.floor(time[1] / 60))
    local counted = redis.pcall('HINCRBY', stats, 'in:' .. queue, ARGV[7])
    if type(counted) == 'number' then
      if counted == count then call('PEXPIRE', stats, '172800000') end
      local at = time[1] .. string.sub(int('%06d', time[2]), 1, 3)
      local before = (9 - priority) * 562949953421312 + last - count
      local ends = ARGV[6] ~= '' and int('%.0f', at + ARGV[6])
      local members = {int('%.0f', before + 1), ids[1]}
      if count > 1 then  -- of ten scores one is written out: to write a number of so many digits takes longest
        local digits, tens = {[0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}, nil
        for i = 2, count do
          local last_digit = (before + i) % 10
          if last_digit == 0 or not tens then tens = string.sub(int('%.0f', before + i), 1, -2) end
          members[2 * i - 1], members[2 * i] = tens .. digits[last_digit], ids[i]
        end
      end
      -- The records come last: one that stands in no index, because somebody has put something else there, would never be
      -- run, and be answered as taken to whoever submits it again.
      local ready, recent, kept = key('ready', queue), prefix .. 'recent', 0
      for i = 1, count, 1000 do
        local to = math.min(i + 999, count)
        kept = call('LPUSH', recent, unpack(ids, i, to))
        call('ZADD', ready, unpack(members, 2 * i - 1, 2 * to))
      end
      for i = 1, count do
        local score = members[2 * i - 1]
        if ends then
          call('HSET', names[i], 's', 'queued', 'sc', score, 't', task, 'q', queue, 'p', priority, 'at', at,
            'b', ARGV[7 + 2 * i], 'ex', ends)
        else
          call('HSET', names[i], 's', 'queued', 'sc', score, 't', task, 'q', queue, 'p', priority, 'at', at,
            'b', ARGV[7 + 2 * i])
        end
      end
      if kept >= 11000 then call('LTRIM', recent, '0', '9999') end
      -- The jobs are taken. What follows are hints and what people watch: where somebody has put something else in its
      -- place, that is no reason to answer that they are not.
      local tokens = key('wake', queue)
      local waiting = redis.pcall('LLEN', tokens)
      if type(waiting) == 'number' and waiting < 16 then
        for _ = 1, math.min(count, 16 - waiting) do call('RPUSH', tokens, '1') end
        call('PEXPIRE', tokens, '60000')
      end
      local events = prefix .. 'events'
      if last % 100 < count then
        redis.pcall('XADD', events, 'MAXLEN', '~', '10000', '*', 'verb', 'submit', 'ids', table.concat(ids, ' '))
      else
        redis.pcall('XADD', events, '*', 'verb', 'submit', 'ids', table.concat(ids, ' '))
      end
      return 'NEW'
    end
  end
end
