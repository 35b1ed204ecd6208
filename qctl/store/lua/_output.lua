-- What is kept of the output of attempts, and how much there is of it.

-- Output stands in one packed string, or, of an attempt whose worker died, in the stream that it wrote live.
local function output_size(name)
  local kind = call('TYPE', key('log', name)).ok
  if kind == 'string' then return call('STRLEN', key('log', name)) end
  local size = 0
  if kind == 'stream' then
    for _, entry in ipairs(call('XRANGE', key('log', name), '-', '+')) do size = size + #entry[2][4] end
  end
  return size
end

-- How many bytes of output are kept, now that there are more, or fewer. Where somebody has written what can be none, they
-- are measured by the newest ones.
local function more_output(by)
  local kept = redis.pcall('INCRBY', PREFIX .. 'output_bytes', int(by))
  if type(kept) == 'number' and kept >= 0 and kept < LEVEL then return kept end
  local newest, size = call('ZREVRANGE', PREFIX .. 'outputs', 0, 199), 0
  for _, name in ipairs(newest) do size = size + output_size(name) end
  kept = math.floor(size / math.max(1, #newest) * call('ZCARD', PREFIX .. 'outputs'))
  call('SET', PREFIX .. 'output_bytes', int(kept))
  return kept
end

local function count_output(name, at)
  call('ZADD', PREFIX .. 'outputs', int(at), name)
  more_output(output_size(name))
end

local function drop_output(id, attempt)
  local name = id .. ':' .. attempt
  if call('ZREM', PREFIX .. 'outputs', name) == 1 then
    more_output(-output_size(name))
  end
  call('DEL', key('log', name))
end

-- Keep a finished attempt's output in one value, in place of its live stream.
local function keep_output(id, attempt, packed, at)
  if packed == '' then return end
  drop_output(id, attempt)
  call('SET', key('log', id .. ':' .. attempt), packed)
  count_output(id .. ':' .. attempt, at)
end

-- Remove a job that has ended, of the form that `read_job` told, with its value and output. Its indexes are not touched.
local function erase_job(id, kind, job)
  if kind == 'broken' then set_aside(id) end
  for _, attempt in ipairs(kept_attempts(job)) do drop_output(id, attempt) end
  call('DEL', job_key(id), key('value', id), key('skipped', id), key('notified', id))
end
