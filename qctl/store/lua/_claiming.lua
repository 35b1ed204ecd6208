-- What both ways of `claim` say alike. It stands before the prelude.
-- uses  _plain

-- Bytes of the bodies that one call reads, so that large ones do not hold the server up: who has read as much reads no more.
local CLAIM_BYTES = 1048576

-- Jobs in a row that are worth a call of their own: so many plain ones the long way leaves to the short one.
local STRETCH = 64

-- How much may have been read when a queue has had its quota, where `read` was before it. Each has a share as large as its
-- quota, and at least one job, so that the large jobs of one leave the others their turn; but a queue whose quota is all that
-- is wanted goes before those behind it.
local function bytes_until(read, quota, want)
  return quota >= want and CLAIM_BYTES or read + CLAIM_BYTES * quota / want
end

-- How jobs of one run are told, those from `first` to `last` of three lists; see the label of `claim`. `run` is what they have
-- in common. Answers how many words the reply has by then.
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

local queues_asked
do
  -- Of more queues than this those alone are asked where something is ready, and no more of them in one turn: however many
  -- there are, they hold the server up little longer than so many do.
  local MOST_QUEUES = 100

  local found  -- by the short way: the long one need not look again

  local function queues_with_jobs(names)
    if found then return found end
    found = {}
    for at = 1, #names, MOST_QUEUES do
      local keys = {}
      for i = at, math.min(at + MOST_QUEUES - 1, #names) do keys[#keys + 1] = name_of('ready', names[i]) end
      local count = redis.call('EXISTS', unpack(keys))
      for i = 1, count > 0 and #keys or 0 do
        if count == #keys or redis.call('EXISTS', keys[i]) == 1 then found[#found + 1] = names[at + i - 1] end
      end
    end
    return found
  end

  -- The queues that a worker asks for, in their order, and their quotas of `want` jobs, which may be fewer than it asks for;
  -- all that it reads; and whether something is ready in others than those that are asked for.
  function queues_asked(prefix, want)
    local asked, quotas = {}, {}
    local turn, asks, count = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
    if count ~= '*' then
      for i = 1, tonumber(count) do asked[i], quotas[i] = ARGV[3 + 2 * i], math.ceil(ARGV[4 + 2 * i] * want / asks) end
      return asked, quotas, asked, false
    end
    local host, names = ARGV[5], {}
    for _, name in ipairs(redis.call('SMEMBERS', prefix .. 'queues')) do
      local alone = string.match(name, '@(.*)$')
      if not alone or alone == host then names[#names + 1] = name end
    end
    local many = #names > MOST_QUEUES
    local ready = many and queues_with_jobs(names) or names
    if not many then table.sort(ready) end  -- to sort very many takes longer than all the rest
    local size, step = math.min(#ready, MOST_QUEUES), #ready > MOST_QUEUES and MOST_QUEUES or 1
    for i = 1, size do
      -- Each turn begins with another queue, so that none is always last.
      asked[i], quotas[i] = ready[(i + turn * step) % #ready + 1], math.ceil(want / size)
    end
    return asked, quotas, names, #ready > size
  end
end
