-- What the short ways of `claim` and of `complete` have in common. They stand before the prelude, for making the functions of
-- all pieces takes longer than the way of a lone job.
local ENTRIES = 1000  -- words in one command: Lua cannot unpack many thousands
local MOST_SCOPES = 200  -- queues or tasks in one call; who has more goes the long way
local plain_prefix = string.sub(KEYS[1], 1, -5)  -- without "door"

local function name_of(kind, name) return plain_prefix .. kind .. ':' .. name end
local function digits(number) return string.format('%.0f', number) end

local function time_in_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- One command over a list, whose words belong together in pairs, or stand alone.
local function carry_out(command, name, list)
  for i = 1, #list, ENTRIES do redis.call(command, name, unpack(list, i, math.min(i + ENTRIES - 1, #list))) end
end

-- Count in the minute of this call, by counter. False, and nothing is counted, where somebody has written something else
-- there, which the long way puts right; of several counters only the first one may answer so.
local function count_plain(now, counts)
  local stats, begun = name_of('stats', digits(math.floor(now / 60000))), nil
  for counter, number in pairs(counts) do
    local sum = redis.pcall('HINCRBY', stats, counter, number)
    if type(sum) == 'number' then
      begun = begun or sum == number
    elseif begun == nil then
      return false
    else
      redis.call('HSET', stats, counter, number)
    end
  end
  if begun then redis.call('PEXPIRE', stats, 172800000) end  -- only where a counter is new can the minute be
  return true
end
