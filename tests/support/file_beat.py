"""A beat of the test's own: it declares the schedules of a file, and fires what the test says when the test says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qctl.config import load
from qctl.config.requests import Options, Request, prepare
from qctl.config.timetable import schedules
from qctl.model.names import new_id
from qctl.model.occurrence import End, Occurrence
from qctl.model.schedule import Schedule
from qctl.store import ScheduleReading, Store
from qctl.store.command import Command
from qctl.store.schedule_values import Fired, Firing, Publication, Run, ScheduleState


class FileBeat:
    """A beat as the store sees one. It is `live` after `pulse`."""

    def __init__(self, store: Store, file: Path, label: str = "b1", zone: str = "UTC") -> None:
        self.store, self.id, self.label = store, f"{label}-id", label
        self.config = load(str(file))
        self.schedules: dict[str, Schedule] = {
            one.name: one for one in schedules(self.config, store.keys.namespace, zone)
        }

    def pulse(self, **about: object) -> FileBeat:
        """Be there, and say of itself what is given."""
        said: Mapping[str, Any] = {"label": self.label, "host": "elsewhere", "file": self.config.file, **about}
        self.store.do(self.store.verbs.pulse(self.id, said))
        return self

    def leave(self) -> None:
        """Go."""
        self.store.do(self.store.verbs.leave(self.id))

    def publish(self, changed: bool = True) -> FileBeat:
        """Declare all schedules of the file."""
        said = [
            Publication(name=one.name, hash=one.hash, definition=one.definition, changed=changed)
            for one in self.schedules.values()
        ]
        self.store.do(self.store.verbs.publish(self.id, said))
        return self

    def state(self, name: str) -> ScheduleState:
        """A schedule as the store has it."""
        found = ScheduleReading(self.store).state(name)
        assert found is not None
        return found

    def move_cursor(self, name: str, cursor_ms: int, origin_ms: int | None = None) -> None:
        """Let the past up to an instant alone have ended: as if no beat had run since."""
        words = ("HSET", self.store.keys.schedule(name), "cursor", cursor_ms, "origin", origin_ms or cursor_ms)
        self.store.do(Command(words, int))

    def fire(self, name: str, *rows: Occurrence, runs: bool = True) -> list[str]:
        """Settle instants; each fired row that names no job gets one. Answers the ids of these jobs."""
        state, made = self.state(name), []
        settled = []
        for row in rows:
            job = row.job
            if row.end is End.FIRED and not job and runs:
                run = self._run(name, row.at_ms)
                made.append(run)
                job = run.submission.id
            settled.append(_with_job(row, job))
        last = max([state.cursor_ms, *(row.at_ms for row in rows)])
        firing = Firing(
            name=name,
            generation=state.generation,
            cursor_ms=state.cursor_ms,
            active=state.active,
            new_cursor_ms=last,
            due_ms=min(row.at_ms for row in rows),
            rows=tuple(settled),
            runs=tuple(made),
        )
        (answer,) = self.store.do(self.store.verbs.fire(self.id, [firing]))
        assert answer.fired is Fired.OK, answer
        return [run.submission.id for run in made]

    def _run(self, name: str, at_ms: int) -> Run:
        one = self.schedules[name]
        options = Options(id=new_id(), host=one.hosts[0] if one.hosts else None)
        request = Request(task=one.task, params=one.params, options=options, schedule=one.name, at_ms=at_ms)
        return Run(submission=prepare(request, self.config))


def _with_job(row: Occurrence, job: str) -> Occurrence:
    return Occurrence(
        at_ms=row.at_ms, end=row.end, job=job, note=row.note, count=row.count, since_ms=row.since_ms, turn=row.turn
    )
