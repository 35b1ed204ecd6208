-- tell: nothing -> queued. Make jobs of notices, each once: a notice goes in the same call in which its job comes.
-- uses  _concluding _limits _notices _submitting
-- KEYS  1 door
-- ARGV  1 n, then n times: text of the notice, of a flood how many its job tells of (else 0), and the job as for `submit`
-- reply n answers of two words: as `submit`, or GONE '' if the notice is not there any more: somebody else told it, or
--       this is the same call once more
local replies = {}

local function goes(notice, text, count, by)
  local name = notice.n
  drop_notice(name, text)
  if notice.j then remember_told(notice, by, now) end
  if count == 0 then return end
  if call('DECRBY', key('more', name), count) > 0 then
    keep_notice(name, {o = 'flood'}, now + TELLING_WINDOW)
  else
    call('DEL', key('more', name))
  end
end

for _ = 1, number() do
  local text, count = word(), number()
  local job = read_submission()
  local answer, about = 'GONE', ''
  local notice = read_notice(text) or {n = ''}
  if call('ZSCORE', key('notices', notice.n), text) then answer, about = take({}, job) end
  if answer == 'NEW' then goes(notice, text, count, about) end
  replies[#replies + 1], replies[#replies + 2] = answer, about
end
if #taken > 0 then
  welcome('tell')
  write_endings(now)
  thaw_freed(now)
end
return replies
