-- publish: changes no job. A beat declares schedules; of several definitions of one the last published is in force.
-- uses  _scheduling
-- KEYS  1 door   2 beats   3 schedules   4 schedules_version
-- ARGV  1 beat   2 n, then n times: name, hash, definition (JSON), 1 if all that is new leaves its instants as they are,
--       1 if the beat has seen its own file say something new of it
-- reply server time in ms, live beats, then n times: NEW | SAME | REPLACED | DRIFT, and the schedule as it is now
-- Another definition gives way to one that somebody changed just now, or if no live beat holds it any more.
local beat = word()
local now = server_ms()
local beats = live_beats(now)
local live, reply, version_grows = as_set(beats), {int(now), beats}, false

local function kept_for(definition)
  local said = cjson.decode(definition)
  return int(math.max(0, tonumber(said.keep_age) or 0) * 1000), int(math.max(0, tonumber(said.keep_runs) or 0))
end

local function put(name, hash, definition, generation, times)
  local keep_ms, keep_runs = kept_for(definition)
  call('HSET', key('schedule', name), 'hash', hash, 'def', definition, 'keep_ms', keep_ms, 'keep_runs', keep_runs,
    'gen', generation, 'publisher', beat, unpack(times))
  version_grows = true
end

-- Where a schedule begins of which the record is there still: what was ordered of it and what it remembers hold on, and
-- the same definition keeps its phase. Nothing if there is none; what somebody made unreadable is removed.
local function begins_anew(name, hash)
  local left = record_of(name)
  if not left.withdrawn then
    call('DEL', key('schedule', name))
    return nil
  end
  call('PERSIST', key('schedule', name))
  call('HDEL', key('schedule', name), 'withdrawn')
  local begins = ahead_by(left, now) > AHEAD and turned_back(left, 0, now) or {'cursor', int(now)}
  if left.hash ~= hash then begins[#begins + 1], begins[#begins + 2] = 'origin', int(now) end
  return begins
end

-- What is in force is held by another live beat.
local function is_backed(state, held)
  for other, hash in pairs(held) do
    if other ~= beat and hash == state.hash then return true end
  end
  return false
end

local function publish(name, hash, definition, keeps_cursor, has_changed)
  local state = state_of(name)
  local begins = {'cursor', int(now), 'origin', int(now)}
  if not state.gen then
    put(name, hash, definition, '1', begins_anew(name, hash) or begins)
    call('SADD', KEYS[3], name)
    return 'NEW'
  end
  local held = holders_of(name, state, live)
  local gives_way = has_changed or not is_backed(state, held)
  if hash == state.hash then
    -- The same to whoever fires it; where it stands in a file, and whom it notifies, may be new.
    if gives_way and definition ~= state.def then
      put(name, hash, definition, state.gen, {})
    elseif not live[state.publisher] then
      call('HSET', key('schedule', name), 'publisher', beat)
    end
    return 'SAME'
  end
  if not gives_way then return 'DRIFT' end
  if ahead_by(state, now) > AHEAD then  -- what was fired by a clock that was ahead is not fired by another definition
    begins = turned_back(state, 0, now)
    begins[#begins + 1], begins[#begins + 2] = 'origin', int(now)
  end
  put(name, hash, definition, int(tonumber(state.gen) + 1), keeps_cursor and {} or begins)
  return 'REPLACED'
end

open_door()
for _ = 1, number() do
  local name, hash, definition = word(), word(), word()
  local answer = publish(name, hash, definition, number() == 1, number() == 1)
  call('HSET', key('schedule', name), 'holds ' .. beat, hash)
  reply[#reply + 1], reply[#reply + 2] = answer, told(name)
end
if version_grows then new_version() end
return reply
