-- crew: changes nothing. Read who works here, and what is paused.
-- KEYS  1 door   2 workers   3 paused
-- ARGV  1 how many workers at most
-- reply server time in ms, the pauses by queue as a list, then of each worker its id and `about`, `beat`, `seen`,
--       `since`, `command`, `condemned` as a list; nil in place of what is of another type
local function read(...)
  local found = redis.pcall(...)
  return not found.err and found or false
end

local most = number()
local workers = read('ZRANGE', KEYS[2], 0, most - 1)
if not workers then return {int(server_ms()), false} end
local reply = {int(server_ms()), read('HGETALL', KEYS[3])}
for _, worker in ipairs(workers) do
  reply[#reply + 1] = worker
  reply[#reply + 1] = read('HMGET', key('worker', worker), 'about', 'beat', 'seen', 'since', 'command', 'condemned')
end
return reply
