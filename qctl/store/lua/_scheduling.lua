-- What the scripts of schedules share.
--
-- A schedule is a hash: hash, gen, def (JSON), keep_ms and keep_runs out of it, cursor, origin, turn, publisher, fired_by,
-- last_job, last_at, last_fired, last_outcome, last_ended, last_run, failures, failing_since, missed, last_missed,
-- disabled (JSON), enabled; `passed` and `again` while the clock is behind what it once was (see `turned_back`);
-- `boot <host>` the boot for which it has run there, and `holds <beat>` the hash of the definition that a beat has. It
-- stands in `schedules`, and its jobs that have not ended in `active:<name>`. `withdrawn`: since when nobody declares it;
-- it is as if unknown then, stands in `schedules` no more, and its record ends with its ledger's time.

local LIVE = 20000         -- ms without a pulse after which a beat is dead to the others
local PULSE_TTL = 30000    -- ms
local KNOWN_ACTIVE = 1000  -- active jobs of a schedule that are told, and compared
local MOST_BEATS = 1000
local AHEAD = 60000         -- ms that a schedule may lie ahead of the clock; if it lies further, the clock was set back

-- Live beats. One whose pulse lies in the future had another clock.
local function live_beats(now)
  return call('ZRANGEBYSCORE', PREFIX .. 'beats', int(now - LIVE), int(now + LIVE), 'LIMIT', 0, MOST_BEATS)
end

local function as_set(list)
  local found = {}
  for _, one in ipairs(list) do found[one] = true end
  return found
end

-- Active jobs of a schedule, oldest first. An entry whose record somebody removed stands for nothing.
local function active_jobs(name)
  local found, gone = {}, {}
  for _, id in ipairs(call('ZRANGE', key('active', name), 0, KNOWN_ACTIVE - 1)) do
    local list = call('TYPE', job_key(id)).ok == 'hash' and found or gone
    list[#list + 1] = id
  end
  return found, gone
end

-- A record's fields by name, and as they were read. One that somebody made unreadable is as if it were not there: nothing.
local NEEDED = {'gen', 'cursor', 'origin', 'keep_ms', 'keep_runs'}
local function record_of(name)
  local flat = redis.pcall('HGETALL', key('schedule', name))
  local state = flat.err and {} or as_table(flat)
  for _, field in ipairs(NEEDED) do
    if not tonumber(state[field]) then return {}, {} end
  end
  if state.hash and state.def then return state, flat end
  return {}, {}
end

-- The same of a schedule that somebody declares.
local function state_of(name)
  local state, flat = record_of(name)
  if state.withdrawn then return {}, {} end
  return state, flat
end

-- A schedule as it is told: its fields and active jobs; nothing for an unknown one.
local function told(name)
  local state, fields = state_of(name)
  return state.gen and {fields, (active_jobs(name))} or {}
end

-- Somebody's order that it starts nothing, if it stands and its time is not over.
local function disabling_order(state, now)
  local readable, order = pcall(cjson.decode, state.disabled or '')
  if readable and type(order) == 'table' and (not order['until'] or order['until'] > now) then return order end
end

-- By how many ms a schedule lies ahead of the clock: the latest that it says of its own past.
local function ahead_by(state, now)
  return math.max(tonumber(state.cursor), tonumber(state.origin), tonumber(state.enabled or '0')) - now
end

-- What becomes of one that lies ahead, as fields and values: it is settled up to the present, in its next turn. Of the
-- instants up to `passed` some were fired before: those stay as they are, but for those up to `again`, which come once
-- more. That is so after a step of up to `followed` ms; 0: of no step.
local function turned_back(state, followed, now)
  local at, passed, again = tonumber(state.cursor), tonumber(state.passed or '0'), tonumber(state.again or '0')
  again = at - now <= followed and math.max(again, at) or 0
  local fields = {'turn', int(tonumber(state.turn or '0') + 1), 'passed', int(math.max(passed, at)), 'again', int(again)}
  for _, name in ipairs({'cursor', 'origin', 'enabled'}) do
    if tonumber(state[name] or '0') > now then fields[#fields + 1], fields[#fields + 2] = name, int(now) end
  end
  return fields
end

local function new_version() count_up(PREFIX .. 'schedules_version', 1) end

-- Beats that hold a schedule, by id the hash of what they hold; dead ones are forgotten.
local function holders_of(name, state, live)
  local held = {}
  for field, hash in pairs(state) do
    local beat = string.match(field, '^holds (.*)$')
    if beat and live[beat] then
      held[beat] = hash
    elseif beat then
      call('HDEL', key('schedule', name), field)
    end
  end
  return held
end
