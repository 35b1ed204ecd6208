"""One look at a whole namespace, taken at one instant: every key of it as plain data, for checks that compare keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from qctl.store import Command, Store
from qctl.store.record import unpack

#: A script, so that nothing moves between two keys. Of output and values only their sizes are told: they may be large.
_LOOK: Final = b"""
local SIZED, found = {log = true, value = true, events = true}, {}
local function size(name, form)
  if form == 'string' then return redis.call('STRLEN', name) end
  local sum, entries = 0, form == 'stream' and redis.call('XRANGE', name, '-', '+') or {}
  for _, entry in ipairs(entries) do sum = sum + #entry[2][4] end
  return sum
end
local ASK = {hash = {'HGETALL'}, string = {'GET'}, zset = {'ZRANGE', 0, -1, 'WITHSCORES'}, set = {'SMEMBERS'},
  list = {'LRANGE', 0, -1}}
local function look(name, form)
  local words = ASK[form]
  return redis.call(words[1], name, unpack(words, 2))
end
for _, name in ipairs(redis.call('KEYS', ARGV[1])) do
  local form, kind = redis.call('TYPE', name).ok, string.match(string.sub(name, #ARGV[2] + 1), '^[^:]*')
  local whole = ASK[form] and not SIZED[kind]
  found[#found + 1] = {name, form, redis.call('PTTL', name), whole and look(name, form) or size(name, form)}
end
return found
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key: its Redis type, how many ms it has left (-1: no end), and what it holds."""

    form: str
    left_ms: int
    value: Any


@dataclass(frozen=True)
class Snapshot:
    """A namespace: by kind of key and by name what stands there. `scheduled` for one has the name ''."""

    kinds: Mapping[str, Mapping[str, Entry]]

    def of(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Names and values of all keys of a kind."""
        return ((name, entry.value) for name, entry in self.kinds.get(kind, {}).items())

    def members(self, kind: str, name: str = "") -> Mapping[str, Any]:
        """What a key holds, by member or field; empty if there is no such key."""
        entry = self.kinds.get(kind, {}).get(name)
        return entry.value if entry is not None and isinstance(entry.value, dict) else {}

    def has(self, kind: str, name: str = "") -> bool:
        return name in self.kinds.get(kind, {})

    @cached_property
    def jobs(self) -> Mapping[str, Mapping[str, str]]:
        """The records of all jobs, in whichever form they are; nothing for one that cannot be read."""
        return {job: _record(entry) for job, entry in self.kinds.get("job", {}).items()}

    def state(self, job: str) -> str | None:
        """`ended`, or what a living job's record says; None if there is no record."""
        record = self.jobs.get(job)
        if record is None:
            return None
        return "ended" if "oc" in record else record.get("s", "?")


def look_at(store: Store) -> Snapshot:
    """Read all of a store's namespace in one round trip."""
    prefix = store.keys.prefix
    pattern = prefix.replace("\\", "\\\\").replace("[", "\\[").replace("*", "\\*").replace("?", "\\?") + "*"
    rows = store.do(Command(("EVAL", _LOOK, 1, store.keys.door, pattern, prefix), lambda reply: reply))
    kinds: dict[str, dict[str, Entry]] = defaultdict(dict)
    for name, form, left_ms, value in rows:
        kind, _, rest = _text(name)[len(prefix) :].partition(":")
        kinds[kind][rest] = Entry(_text(form), left_ms, _plain(_text(form), value))
    return Snapshot(kinds)


def _plain(form: str, value: Any) -> Any:
    """Hashes and sorted sets by field or member, sets as `{member: 1}`, lists as text, other things as told."""
    if not isinstance(value, list):
        return value
    if form == "set":
        return {_text(one): 1 for one in value}
    if form in {"hash", "zset"}:
        return {_text(name): _text(said) for name, said in zip(value[::2], value[1::2], strict=True)}
    return [_text(one) for one in value]


def _record(entry: Entry) -> Mapping[str, str]:
    if isinstance(entry.value, dict):
        return entry.value
    try:
        return {name: _text(value) for name, value in unpack(entry.value).items()}
    except Exception:  # somebody wrote it by hand: whatever it is, it is no record
        return {}


def _text(raw: Any) -> str:
    return raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else str(raw)
