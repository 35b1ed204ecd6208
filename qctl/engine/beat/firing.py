"""Fires what is due: decides by what is known, and lets the store say whether that still holds.

An answer that was lost is asked for again with the same ids: the store fires each instant once.
"""

from __future__ import annotations

import math

from qctl.engine.beat.sending import Sending
from qctl.engine.beat.startups import is_of_boot
from qctl.errors import QctlError
from qctl.model.planning import CLOCK_SET_MS
from qctl.store.schedule_values import Fired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.engine.beat.beat_log import BeatLog
    from qctl.engine.beat.deciding import Deciding
    from qctl.engine.beat.pulse import Pulsing
    from qctl.engine.beat.sending import Decided
    from qctl.engine.beat.startups import StartUps
    from qctl.engine.beat.timetable import Timetable
    from qctl.engine.station import Station
    from qctl.store.schedule_values import Firing, FiringAnswer

BATCH: Final = 25  #: schedules that are decided in one turn of the loop …
INSTANTS: Final = 500  #: … unless they were due that often: then one of them is the last
AT_ONCE: Final = 2  #: batches under way
PAUSE: Final = 1.0  #: seconds until what Redis refused is tried again
UNSET_MS: Final = 5000  #: until a clock that is not set yet is looked at again
PATIENCE: Final = 3  #: refusals of a schedule in a row, before it is asked less often
PATIENT_MS: Final = 500


class Firings:
    """The firings of one beat. While the store carries out one batch, the next is decided."""

    def __init__(
        self,
        station: Station,
        pulse: Pulsing,
        timetable: Timetable,
        startups: StartUps,
        deciding: Deciding,
        log: BeatLog,
    ) -> None:
        self._station = station
        self._pulse = pulse
        self._timetable = timetable
        self._startups = startups
        self._deciding = deciding
        self._log = log
        self._sending = Sending(station, self._told, self._refused)
        self._unsure: list[str] = []  #: schedules that are disabled, and due
        self._not_before = -math.inf
        self.outdated = False  #: the store has another definition than this beat thought

    def is_settled(self, name: str) -> bool:
        """Whether nothing of a schedule is due or being asked."""
        entry = self._timetable.entries.get(name)
        if entry is None or entry.under_way:
            return entry is None
        now_ms = self._now_ms()
        return not entry.stamp or (entry.next_ms(now_ms) or math.inf) > now_ms

    def next_due(self) -> float:
        station = self._station
        if self._sending.under_way == AT_ONCE or not station.line.up or not self._pulse.heard:
            return math.inf
        if self._sending.again or self._unsure:
            return self._not_before
        if self._pulse.standing_down:
            return math.inf
        next_ms = self._timetable.next_ms()
        return math.inf if next_ms is None else max(self._not_before, station.time.monotonic(next_ms))

    def run_once(self, now: float) -> None:
        """Fire what is due."""
        if self._sending.under_way == AT_ONCE or now < self._not_before or not self._pulse.heard:
            return
        batch, self._sending.again = self._sending.again, []
        if not batch and not self._pulse.standing_down:
            batch = self._decide(self._station.time.at(now))
        if batch:
            self._sending.send(self._pulse.beat, batch, now)
        if self._unsure:
            self._look(now)

    def _decide(self, now_ms: int) -> list[Decided]:
        batch: list[Decided] = []
        instants = 0
        for _ in range(BATCH):
            entry = self._timetable.take(now_ms) if instants < INSTANTS else None
            if entry is None:
                break
            if entry.state.disabled is not None and not entry.looked:
                entry.under_way = True
                self._unsure.append(entry.name)
                continue
            entry.looked = False
            firing = self._deciding.firing(entry, now_ms)
            if firing is None:
                self._timetable.place(entry, now_ms, UNSET_MS if now_ms < CLOCK_SET_MS else 0)
            else:
                entry.under_way = True
                batch.append((entry.name, firing))
                instants += sum(row.count for row in firing.rows)
        return batch

    def _look(self, now: float) -> None:
        """Look at those that are disabled as far as is known: that somebody has enabled them comes with a pulse."""
        names, self._unsure = self._unsure, []

        def answered(answers: list[Any]) -> None:
            found = {} if isinstance(answers[0], QctlError) else {state.name: state for state in answers[0]}
            for name in names:
                entry = self._timetable.entries.get(name)
                if entry is not None:
                    entry.under_way = False
                    entry.state, entry.looked = found.get(name, entry.state), name in found
                    self._timetable.place(entry, self._now_ms(), 0 if entry.looked else PATIENT_MS)

        def lost() -> None:
            answered([[]])

        if not self._station.line.ask([self._station.verbs.schedule_states(names)], answered, lost, now):
            lost()

    def _told(self, batch: list[Decided], answers: list[FiringAnswer], sent: float) -> None:
        for (name, firing), answer in zip(batch, answers, strict=True):
            self._station.time.heard(answer.now_ms, self._station.clock(), sent)
            self._answered(name, firing, answer)

    def _refused(self, batch: list[Decided], error: QctlError) -> None:
        self._station.journal.trouble("redis", f"schedules could not be fired: {error}")
        self._not_before = self._station.clock() + PAUSE
        for name, _ in batch:
            entry = self._timetable.entries.get(name)
            if entry is not None:
                entry.under_way = False
                self._timetable.place(entry, self._now_ms())

    def _answered(self, name: str, firing: Firing, answer: FiringAnswer) -> None:
        entry = self._timetable.entries.get(name)
        if entry is None:
            return
        entry.under_way = False
        if answer.state is None or answer.state.generation != entry.state.generation:
            self.outdated = True
        if answer.state is None:
            return
        entry.state = answer.state
        if answer.fired is Fired.OK:
            entry.refused, entry.event = 0, None
            self._log.fired(entry, answer.rows)
        elif answer.fired is Fired.STALE:
            entry.refused += 1
            if entry.event is not None and is_of_boot(entry):
                entry.event = self._startups.judge(entry)
            if any(run.submission.id == entry.state.last_job for run in firing.runs):
                entry.event = None
                self._log.fired(entry, firing.rows)
        if answer.fired is not Fired.DRIFT:  # what to do about it is found out by publishing again
            self._timetable.place(entry, answer.now_ms, PATIENT_MS if entry.refused >= PATIENCE else 0)

    def _now_ms(self) -> int:
        return self._station.time.at(self._station.clock())
