-- notices: changes no job. Tell of the notices that are due for some names; drop those that nobody could tell in a day.
-- KEYS  1 door
-- ARGV  1 how many at most   2 n, then n names
-- reply for each notice: its text, and of a flood how many there were beside those that were told, else 0
local MOST_READ = 500
local most, asked, reply = number(), {}, {}
for _ = 1, number() do asked[word()] = true end
local now = server_ms()

local old = call('ZRANGEBYSCORE', NOTICES, '-inf', int(now - NOTICE_AGE), 'LIMIT', 0, MOST_READ)
if #old > 0 then
  open_door()
  local jobs = {}
  for _, text in ipairs(old) do
    local notice = read_notice(text)
    call('ZREM', NOTICES, text)
    jobs[#jobs + 1] = notice and notice.j
  end
  announce('untold', jobs)
end

for _, text in ipairs(call('ZRANGEBYSCORE', NOTICES, '-inf', int(now), 'LIMIT', 0, MOST_READ)) do
  local notice = read_notice(text)
  if not notice then
    open_door()
    call('ZREM', NOTICES, text)
  elseif asked[notice.n] and #reply < 2 * most then
    reply[#reply + 1] = text
    reply[#reply + 1] = notice.o == 'flood' and tonumber(call('GET', key('more', notice.n)) or '0') or 0
  end
end
return reply
