"""Lets schedules follow a server's clock that was set back under them (C4)."""

from __future__ import annotations

from typing import Any

from qctl.engine.beat.entry import Entry
from qctl.engine.beat.pulse import Pulsing
from qctl.engine.beat.timetable import Timetable
from qctl.engine.station import Station
from qctl.model.planning import follows_the_clock_back
from qctl.store.schedule_values import FiringAnswer


class Rewinding:
    """Asks the store for a cursor that is the present again. Whoever is later is refused there."""

    def __init__(self, station: Station, pulse: Pulsing, timetable: Timetable) -> None:
        self._station = station
        self._pulse = pulse
        self._timetable = timetable

    def look_at_all(self, now_ms: int) -> None:
        """The clock was set: look which schedules follow it."""
        for entry in list(self._timetable.entries.values()):
            self.look(entry, now_ms)

    def look(self, entry: Entry, now_ms: int) -> None:
        """Let a schedule follow, if its cursor lies in what is the future now."""
        station, state = self._station, entry.state
        if entry.stands_down or not follows_the_clock_back(entry.schedule, state.cursor_ms, now_ms):
            return

        def rewound(answer: Any) -> None:
            current = self._timetable.entries.get(entry.name)
            if current is None or not isinstance(answer, FiringAnswer) or answer.state is None:
                return
            current.state = answer.state
            self._timetable.place(current, answer.now_ms)

        command = station.verbs.rewind(self._pulse.beat, entry.name, state.generation, state.cursor_ms)
        station.ask(command, rewound, station.clock())
