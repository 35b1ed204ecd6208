-- notices: changes no job. Tell of the notices that are due for some names; drop those that nobody could tell in a day.
-- uses  _notices
-- KEYS  1 door
-- ARGV  1 how many at most   2 n, then n names, of which one is told in turn
-- reply for each notice: its text, and of a flood how many there were beside those that were told, else 0
local MOST_DROPPED = 500
local most, asked, reply = number(), {}, {}
for place = 1, number() do asked[place] = word() end
local now = server_ms()

local function due_of(name, latest, limit)
  return call('ZRANGEBYSCORE', key('notices', name), '-inf', int(latest), 'LIMIT', 0, limit)
end

-- Answers the jobs of which somebody was to be told.
local function drop_old()
  local jobs, left = {}, MOST_DROPPED
  for _, name in ipairs(call('SMEMBERS', NAMES)) do
    for _, text in ipairs(due_of(name, now - NOTICE_AGE, left)) do
      local notice = read_notice(text)
      open_door()
      drop_notice(name, text)
      jobs[#jobs + 1] = notice and notice.j
      left = left - 1
    end
  end
  return jobs
end

-- What is due for a name, without what somebody wrote by hand.
local function readable(name)
  local texts = {}
  for _, text in ipairs(due_of(name, now, most)) do
    if read_notice(text) then
      texts[#texts + 1] = text
    else
      open_door()
      drop_notice(name, text)
    end
  end
  return texts
end

announce('untold', drop_old())
local kept = {}
for place, name in ipairs(asked) do kept[place] = readable(name) end
for turn = 1, most do
  for place, name in ipairs(asked) do
    local text = kept[place][turn]
    if text and #reply < 2 * most then
      reply[#reply + 1] = text
      reply[#reply + 1] = read_notice(text).o == 'flood' and tonumber(call('GET', key('more', name)) or '0') or 0
    end
  end
end
return reply
