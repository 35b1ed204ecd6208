-- jobs: changes nothing. Read jobs in whichever form they have.
-- KEYS  1 door
-- ARGV  1 n, then n ids
-- reply server time in ms, then n times: the fields of a live job as a list, an ended one's packed string, or nil
local reply = {int(server_ms())}
for _ = 1, number() do
  local id = word()
  local kind = call('TYPE', job_key(id)).ok
  if kind == 'hash' then
    reply[#reply + 1] = call('HGETALL', job_key(id))
  elseif kind == 'string' then
    reply[#reply + 1] = call('GET', job_key(id))
  else
    reply[#reply + 1] = false
  end
end
return reply
