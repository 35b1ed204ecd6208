"""Lets schedules go on from the present when the server's clock was set back under them (C4, C5)."""

from __future__ import annotations

from qctl.errors import QctlError
from qctl.model.planning import followed_ms, lies_ahead

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from qctl.engine.beat.entry import Entry
    from qctl.engine.beat.pulse import Pulsing
    from qctl.engine.beat.timetable import Timetable
    from qctl.engine.station import Station
    from qctl.store.schedule_values import FiringAnswer


class Rewinding:
    """Asks the store for cursors that are the present again. Whoever is later is refused there."""

    def __init__(self, station: Station, pulse: Pulsing, timetable: Timetable) -> None:
        self._station = station
        self._pulse = pulse
        self._timetable = timetable
        self.under_way = False
        self.failed = False  #: an answer was lost: whoever can looks again

    def look(self, entries: Sequence[Entry]) -> None:
        """The clock may have been set: let schedules go on whose past lies in what is the future now."""
        now_ms = self._station.time.at(self._station.clock())
        ahead = [entry for entry in entries if not entry.stands_down and lies_ahead(entry.state.latest_ms, now_ms)]
        if not ahead:
            return

        def answered(answers: list[Any]) -> None:
            self.under_way = False
            for entry, answer in zip(ahead, answers, strict=True):
                if isinstance(answer, QctlError):
                    self._station.journal.trouble("redis", str(answer))
                    self.failed = True
                else:
                    self._rewound(entry.name, answer)

        def lost() -> None:
            self.under_way, self.failed = False, True

        rewind, beat = self._station.verbs.rewind, self._pulse.beat
        commands = [
            rewind(beat, one.name, one.state.generation, one.state.cursor_ms, followed_ms(one.schedule))
            for one in ahead
        ]
        self.under_way = self._station.line.ask(commands, answered, lost, self._station.clock())
        if not self.under_way:
            lost()

    def _rewound(self, name: str, answer: FiringAnswer) -> None:
        current = self._timetable.entries.get(name)
        if current is not None and answer.state is not None:
            current.state = answer.state
            self._timetable.place(current, answer.now_ms)
