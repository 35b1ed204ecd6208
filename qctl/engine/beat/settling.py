"""Waits until nothing is due under definitions that are about to go (R7)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from qctl.engine.beat.errand import Leg
    from qctl.engine.beat.firing import Firings
    from qctl.engine.beat.timetable import Timetable
    from qctl.engine.station import Station
    from qctl.store.schedule_values import ScheduleState

BATCH: Final = 50  #: schedules that are read in one call
WITHIN: Final = 10.0  #: seconds that a new definition waits for what is due under the old one
LOOK: Final = 0.05  #: seconds between two looks whether that has been fired


class Settling:
    """The part of a course in which it waits for firings, its own beat's or another's."""

    def __init__(self, station: Station, timetable: Timetable, firings: Firings) -> None:
        self._station = station
        self._timetable = timetable
        self._firings = firings

    def wait(self, names: Sequence[str]) -> Leg[None]:
        """Wait until nothing of these schedules is due, or for ten seconds."""
        deadline = self._station.clock() + WITHIN
        while self._station.clock() < deadline:
            names = [name for name in names if not self._firings.is_settled(name)]
            if not names:
                break
            yield from self._look_again(names)
            yield LOOK

    def _look_again(self, names: Sequence[str]) -> Leg[None]:
        """Another beat may have fired what was due."""
        for name, state in (yield from states_of(self._station, names)).items():
            entry = self._timetable.entries.get(name)
            if entry is not None and not entry.under_way and state.generation == entry.state.generation:
                entry.state = state
                self._timetable.place(entry, self._station.time.at(self._station.clock()))


def states_of(station: Station, names: Sequence[str]) -> Leg[dict[str, ScheduleState]]:
    """Read how schedules stand, by name; those that are unknown are left out."""
    found: dict[str, ScheduleState] = {}
    for at in range(0, len(names), BATCH):
        (states,) = yield [station.verbs.schedule_states(names[at : at + BATCH])]
        found |= {state.name: state for state in states}
    return found
