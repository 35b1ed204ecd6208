"""Reads of schedules, their ledgers, and the beats that fire them. Each is bounded."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.later import later
from qctl.model.occurrence import Occurrence
from qctl.store.command import Command
from qctl.store.pauses import read_pauses, standing_pauses
from qctl.store.replies import fields, number_in, read_ms, same, texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any, Final

    from qctl.model.occurrence import End
    from qctl.store.pauses import Pause
    from qctl.store.schedule_replies import read_beat_info
    from qctl.store.schedule_values import BeatInfo, ScheduleState
    from qctl.store.store import Store
else:
    read_beat_info = later("qctl.store.schedule_replies", "read_beat_info")

_BATCH: Final = 200  #: schedules that one script reads
_ROWS: Final = 500  #: rows of a ledger that are read at once, where only some are wanted
_MOST_BEATS: Final = 1000


@dataclass(frozen=True, slots=True)
class Schedules:
    """All schedules as they stand."""

    now_ms: int  #: server time
    states: list[ScheduleState]  #: by name
    beats: list[BeatInfo]  #: those that gave a pulse within half a minute
    pauses: Mapping[str, Pause]  #: of queues; `*` is that of all


class ScheduleReading:
    """Reads of one namespace that are about schedules."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = store.keys

    def names(self) -> list[str]:
        """The names of all schedules, sorted."""
        return sorted(self._store.do(Command(("SMEMBERS", self._keys.schedules), texts)))

    def states(self, names: Sequence[str] | None = None) -> list[ScheduleState]:
        """All schedules by name, or these in their order; those that are unknown are left out."""
        answers = self._store.do_all(self._of_schedules(self.names() if names is None else names))
        return [state for states in answers for state in states]

    def whole(self) -> Schedules:
        """All schedules, and what they are fired by and held up by, in two round trips."""
        pauses = Command(("HGETALL", self._keys.paused), fields)
        now, orders, names, flat = self._store.do_all(
            [
                Command(("TIME",), read_ms),
                pauses,
                Command(("SMEMBERS", self._keys.schedules), texts),
                self._newest_beats(),
            ]
        )
        states, beats = self._of_schedules(sorted(names)), texts(flat[::2])
        answers = self._store.do_all([*states, *self._of_beats(beats)])
        found = [state for some in answers[: len(states)] for state in some]
        pulses = _beats(beats, flat[1::2], answers[len(states) :])
        return Schedules(now, found, pulses, standing_pauses(read_pauses(orders), now))

    def state(self, name: str) -> ScheduleState | None:
        """One schedule, or None if it is unknown."""
        found = self.states([name])
        return found[0] if found else None

    def version(self) -> int:
        """A number that grows whenever a schedule is published, withdrawn, enabled or disabled."""
        version: int = self._store.do(Command(("GET", self._keys.schedules_version), number_in))
        return version

    def ledger(
        self,
        name: str,
        limit: int,
        since_ms: int | None = None,
        until_ms: int | None = None,
        ends: Collection[End] | None = None,
    ) -> list[Occurrence]:
        """Rows of a ledger, newest first: from `since_ms` on and before `until_ms`, of these ends alone.

        The ledger of a schedule that was withdrawn is there as long as its rows are kept.
        """
        found: dict[Occurrence, None] = {}  # a row that was pushed on meanwhile, and so is read twice, is told once
        at, size = 0, limit if ends is None else _ROWS
        while len(found) < limit:
            rows = self._store.do(self._rows(name, since_ms, until_ms, at, size))
            found |= dict.fromkeys(row for row in rows if row and (ends is None or row.end in ends))
            if len(rows) < size:
                break
            at += size
        return list(found)[:limit]

    def ledgers(self, names: Sequence[str], limit: int, since_ms: int | None = None) -> dict[str, list[Occurrence]]:
        """The newest rows of several ledgers, up to `limit` of each, in one round trip."""
        answers = self._store.do_all([self._rows(name, since_ms, None, 0, limit) for name in names])
        return {name: [row for row in rows if row] for name, rows in zip(names, answers, strict=True)}

    def beats(self) -> list[BeatInfo]:
        """Beats that gave a pulse within half a minute; see BEAT_LIVE_MS."""
        flat: list[Any] = self._store.do(self._newest_beats())
        ids = texts(flat[::2])
        return _beats(ids, flat[1::2], self._store.do_all(self._of_beats(ids)))

    def _newest_beats(self) -> Command[list[Any]]:
        return Command(("ZRANGE", self._keys.beats, 0, _MOST_BEATS - 1, "WITHSCORES"), list)

    def _of_beats(self, ids: Sequence[str]) -> list[Command[Any]]:
        return [Command(("HGET", self._keys.beat(beat), "about"), same) for beat in ids]

    def _of_schedules(self, names: Sequence[str]) -> list[Command[list[ScheduleState]]]:
        batches = [names[at : at + _BATCH] for at in range(0, len(names), _BATCH)]
        return [self._store.verbs.schedule_states(batch) for batch in batches]

    def _rows(
        self, name: str, since_ms: int | None, until_ms: int | None, at: int, size: int
    ) -> Command[list[Occurrence | None]]:
        newest = "+inf" if until_ms is None else f"({until_ms}"
        oldest = "-inf" if since_ms is None else str(since_ms)
        words = ("ZRANGE", self._keys.ledger(name), newest, oldest, "BYSCORE", "REV", "LIMIT", at, size)
        return Command(words, lambda reply: [_row_if_sound(row) for row in reply])


def _beats(ids: Sequence[str], seen: Sequence[Any], abouts: Sequence[Any]) -> list[BeatInfo]:
    rows = zip(ids, seen, abouts, strict=True)
    return [read_beat_info(beat, at, about) for beat, at, about in rows if about]


def _row_if_sound(word: Any) -> Occurrence | None:
    try:
        return Occurrence.decode(word)
    except ValueError:  # somebody wrote it by hand
        return None
