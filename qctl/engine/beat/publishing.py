"""Declares the schedules of this beat's file to the store, and keeps up with what others declare."""

from __future__ import annotations

import os
from itertools import islice

from qctl.classes import dataclass, replace
from qctl.config.host_zone import host_zone_name
from qctl.config.timetable import read_definition, schedules_of, zone_of
from qctl.engine.beat.entry import entry_of
from qctl.engine.beat.errand import PAUSE
from qctl.engine.beat.publication import publication
from qctl.engine.beat.renamed import lost_orders
from qctl.engine.beat.settling import Settling, states_of
from qctl.hashes import sha256
from qctl.model.show import count
from qctl.store.schedule_values import Published

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Final

    from qctl.config import Config
    from qctl.engine.beat.deciding import Deciding
    from qctl.engine.beat.errand import Course, Leg
    from qctl.engine.beat.firing import Firings
    from qctl.engine.beat.pulse import Pulsing
    from qctl.engine.beat.rewinding import Rewinding
    from qctl.engine.beat.startups import StartUps
    from qctl.engine.beat.timetable import Timetable
    from qctl.engine.beat.told_tasks import ToldTasks
    from qctl.engine.journal import Journal
    from qctl.engine.station import Station
    from qctl.model.schedule import Schedule
    from qctl.store.schedule_values import ScheduleState

SLICE: Final = 10  #: schedules that are read in one turn of the loop
BATCH: Final = 50  #: that are published in one call


def beat_id(label: str, drawn: str, host: str, file: str) -> str:
    """The id of a beat, by which others that read the same file on the same host know it."""
    return f"{label}.{drawn}{_home(host, file)}"


def _home(host: str, file: str) -> str:
    digest = sha256(os.path.realpath(file).encode(errors="surrogateescape")).hexdigest()[:6]
    return f".{digest}@{host}"


@dataclass(frozen=True, slots=True)
class Declared:
    """What is to be in force: schedules by name, and of broken tasks why each is."""

    schedules: Mapping[str, Schedule]
    broken: Mapping[str, str]


class Publishing:
    """The courses of taking a configuration up, and of publishing it again."""

    def __init__(
        self,
        station: Station,
        pulse: Pulsing,
        timetable: Timetable,
        firings: Firings,
        deciding: Deciding,
        startups: StartUps,
        rewinding: Rewinding,
        told: ToldTasks,
    ) -> None:
        self._station = station
        self._pulse = pulse
        self._timetable = timetable
        self._settling = Settling(station, timetable, firings)
        self._deciding = deciding
        self._startups = startups
        self._rewinding = rewinding
        self._told = told
        self._first = True
        self._drifts: set[tuple[str, str]] = set()
        self.zone = "UTC"  #: of this host, as it was when the configuration was taken up (D20)

    @property
    def zones(self) -> set[str]:
        """The zones of the schedules that are declared."""
        return {entry.schedule.timezone for entry in self._timetable.entries.values()}

    def take_up(self, config: Config) -> Course:
        """Take a configuration into force: first what is due under the old one, then the new definitions (R7)."""
        self.zone = host_zone_name(os.environ)
        own = yield from self._read(config)
        (names,) = yield [self._station.verbs.schedule_names()]
        states = yield from states_of(self._station, names)
        declared = self._with_broken(own, states, config)
        yield from self._settle(declared, states)
        self._deciding.config = yield from self._told.learn(config)
        gone = self._gone(declared, states)
        for said in lost_orders(gone, declared.schedules, states):
            self._station.journal.warning("renamed", said)
        for name in gone:
            self._timetable.remove(name)
        known = {name: state.definition for name, state in states.items()}
        yield from self._publish(declared, known, edited=not self._first)
        for at in range(0, len(gone), BATCH):
            yield [self._station.verbs.withdraw(self._pulse.beat, gone[at : at + BATCH])]
        self._startups.over()
        self._first = False
        self._pulse.hurry()
        _say(self._station.journal, len(declared.schedules), len(gone), config.file)

    def refresh(self) -> Course:
        """Others have changed something: publish the same again, and learn how each schedule stands."""
        entries = self._timetable.entries.values()
        declared = Declared(
            {entry.name: entry.schedule for entry in entries},
            {entry.name: entry.broken for entry in entries if entry.broken},
        )
        known = {entry.name: entry.state.definition for entry in entries}
        yield from self._publish(declared, known, edited=False)

    def _read(self, config: Config) -> Leg[dict[str, Schedule]]:
        """The schedules of a configuration by name, some in each turn of the loop."""
        found: dict[str, Schedule] = {}
        reading = self._each(config)
        while part := list(islice(reading, SLICE)):
            found |= {one.name: one for one in part}
            yield PAUSE
        return found

    def _each(self, config: Config) -> Iterator[Schedule]:
        namespace = self._station.verbs.keys.namespace
        for task in (*config.tasks.values(), *config.workflows.values()):
            try:
                yield from schedules_of(task, config, namespace, self.zone)
            except (KeyError, ValueError) as error:  # a zone that this host does not know (D19)
                said = f"the schedule of {task.noun} cannot be read: {error}"
                self._station.journal.error("broken", said, task=task.name)

    def _with_broken(
        self, own: Mapping[str, Schedule], states: Mapping[str, ScheduleState], config: Config
    ) -> Declared:
        """What is declared, and the last known definitions of those whose task is broken now (R6)."""
        kept: dict[str, Schedule] = {}
        why: dict[str, str] = {}
        for name, state in states.items():
            problems = config.broken.get(str(state.definition.get("task")))
            if name in own or not problems or not self._is_ours(name, state):
                continue
            entry = self._timetable.entries.get(name)
            found = entry.schedule if entry is not None else _readable(state)
            if found is not None:
                kept[name], why[name] = found, f"task {found.task} is broken: {problems[0].message}"
        return Declared({**own, **kept}, why)

    def _is_ours(self, name: str, state: ScheduleState) -> bool:
        """Whether a schedule was declared by this beat, or one of this host and file before it."""
        home = _home(self._station.identity.host, self._station.config.file)
        return name in self._timetable.entries or state.publisher.endswith(home)

    def _gone(self, declared: Declared, states: Mapping[str, ScheduleState]) -> list[str]:
        """Schedules of ours that are not declared any more (R2)."""
        ours = {name for name, state in states.items() if self._is_ours(name, state)} | {*self._timetable.entries}
        return sorted(ours - {*declared.schedules})

    def _settle(self, declared: Declared, states: Mapping[str, ScheduleState]) -> Leg[None]:
        """Wait until nothing is due under definitions that are about to go."""
        now_ms = self._station.time.at(self._station.clock())
        going = []
        for name, state in states.items():
            new = declared.schedules.get(name)
            if not self._is_ours(name, state) or (new is not None and new.hash == state.hash):
                continue
            if name not in self._timetable.entries and new is not None:
                old = _readable(state)
                if old is not None:  # of a start of beat: what was due while none was there
                    self._timetable.put(entry_of(replace(old, params=new.params), state), now_ms)
            going.append(name)
        yield from self._settling.wait(going)

    def _publish(self, declared: Declared, known: Mapping[str, Mapping[str, Any]], *, edited: bool) -> Leg[None]:
        names = list(declared.schedules)
        for at in range(0, len(names), BATCH):
            part = [declared.schedules[name] for name in names[at : at + BATCH]]
            entries = self._timetable.entries
            said = [publication(one, known.get(one.name), entries.get(one.name), edited=edited) for one in part]
            (answers,) = yield [self._station.verbs.publish(self._pulse.beat, said)]
            for one, (standing, state) in zip(part, answers, strict=True):
                self._enter(one, standing, state, declared.broken.get(one.name))
            self._rewinding.look([entries[one.name] for one in part])  # the clock may have been set back unseen

    def _enter(self, schedule: Schedule, standing: Published, state: ScheduleState, broken: str | None) -> None:
        old = self._timetable.entries.get(schedule.name)
        if old is not None and old.schedule.hash == schedule.hash:
            entry = old
            entry.renew(schedule, state, standing, broken)
        else:
            entry = entry_of(schedule, state, standing, broken)
            if old is not None:
                entry.event, entry.under_way, entry.hushed = old.event, old.under_way, old.hushed
        entry.event = self._startups.judge(entry) or (entry.event if entry.event == ("", "") else None)
        if standing is Published.DRIFT and (schedule.name, state.hash) not in self._drifts:
            self._drifts.add((schedule.name, state.hash))
            said = f"schedule {schedule.name} is declared otherwise by another beat, and left to it: qctl doctor"
            self._station.journal.warning("drift", said, schedule=schedule.name)
        self._timetable.put(entry, self._station.time.at(self._station.clock()))


def _say(journal: Journal, declared: int, gone: int, file: str) -> None:
    """What has been taken up. A file that somebody emptied by mistake looks as if all was withdrawn."""
    if gone and not declared:
        said = f"{count(gone, 'schedule')} withdrawn: {file} declares none any more, and none is fired"
        journal.warning("schedules", said)
        return
    journal.info("schedules", f"{count(declared, 'schedule')} declared" + (f", {gone} withdrawn" if gone else ""))


def _readable(state: ScheduleState) -> Schedule | None:
    """The definition that the store keeps; None if a newer qctl wrote it, or its zone is not known here."""
    try:
        found = read_definition(state.name, state.definition, state.hash)
        zone_of(found.timezone)
    except (KeyError, ValueError):
        return None
    return found
