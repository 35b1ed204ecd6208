-- endings: changes nothing. Read of ended jobs what figures are made of, and neither their bodies nor their values.
-- Commands given at the call have one task's name in common: of these the first words are read as well.
-- KEYS  1 door
-- ARGV  1 n, then n ids
-- reply n times: task, queue, outcome, reason, submit, ETA, end, record of the first and of the last attempt that is
--       kept (as false if it is the first), when a workflow started, the job because of which it ended so, the first
--       words of a command with a NUL between them, each '' where there is none; or nil for what is no ended job
local WANTED = {t = 1, q = 2, oc = 3, rs = 4, at = 5, et = 6, en = 7, sw = 10, up = 11}
local byte, sub = string.byte, string.sub
local COMMAND, LONGEST_BODY = 120, 65536  -- bytes

local function command_in(body)
  if not string.find(body, '"adhoc"', 1, true) or #body > LONGEST_BODY then return '' end
  local readable, call = pcall(cjson.decode, body)
  if not readable or type(call) ~= 'table' or call.kind ~= 'adhoc' or type(call.args) ~= 'table' then return '' end
  local joined, command = pcall(table.concat, call.args, '\0')
  return joined and sub(command, 1, COMMAND) or ''
end

local function ending(packed)
  local row, at, first, last = {'', '', '', '', '', '', '', '', false, '', '', ''}, 1, nil, nil
  local body_at, body_end
  while at <= #packed do
    local stop = at + byte(packed, at)
    local name = sub(packed, at + 1, stop)
    local a, b, c, d = byte(packed, stop + 1, stop + 4)
    local begin = stop + 5
    at = begin + ((a * 256 + b) * 256 + c) * 256 + d
    local place = WANTED[name]
    if place then
      row[place] = sub(packed, begin, at - 1)
    elseif name == 'b' then
      body_at, body_end = begin, at - 1
    elseif byte(name) == 97 then  -- a1, a2 …
      local number = tonumber(sub(name, 2))
      if number then
        if not first or number < first then first, row[8] = number, sub(packed, begin, at - 1) end
        if not last or number > last then last, row[9] = number, sub(packed, begin, at - 1) end
      end
    end
  end
  if first == last then row[9] = false end
  if row[1] == 'adhoc' and body_at then row[12] = command_in(sub(packed, body_at, body_end)) end
  return row
end

local reply = {}
for i = 1, number() do
  local packed = redis.pcall('GET', job_key(word()))
  local readable, row = false, nil
  if type(packed) == 'string' then readable, row = pcall(ending, packed) end
  reply[i] = readable and row or false
end
return reply
