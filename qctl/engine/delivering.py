"""Makes jobs of notices: any worker that has the notify name does, and the store sees to it that each is told once."""

from __future__ import annotations

import math
import os

from qctl.classes import replace
from qctl.config.command_line import command_line
from qctl.config.host_zone import host_zone
from qctl.later import later
from qctl.model.call import Kind
from qctl.model.names import new_id
from qctl.model.notice import MOST_LINES, Notice, Occasion, delivery_call, text_of
from qctl.model.page import PlainPage
from qctl.model.report import SHOWN_LINES
from qctl.model.submission import Submission
from qctl.model.workflow.telling import steps_of, steps_of_many
from qctl.store.notice_verbs import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

    from qctl.config.next_run import around_of
    from qctl.engine.selection import Selection
    from qctl.engine.station import Station
    from qctl.model.around import Around, Surroundings
    from qctl.model.job import Job
    from qctl.model.report import Steps
    from qctl.model.task import Task
    from qctl.store import Command
    from qctl.store.notice_verbs import Pending
else:
    around_of = later("qctl.config.next_run", "around_of")

LOOK_EVERY: Final = 2.0  #: seconds
SELDOM: Final = 60.0  #: for a worker that has no notify name: it only drops what nobody tells
AT_ONCE: Final = 4  #: what the texts need of so many jobs keeps Redis busy for some milliseconds


class Delivering:
    """Looks for notices now and then: asks for them, then for what their texts need, then has jobs made of them."""

    def __init__(self, station: Station, selection: Selection, now: float) -> None:
        self._station = station
        self._selection = selection
        self._look_at = now + LOOK_EVERY * station.dice.random()
        self._under_way = False

    def next_due(self) -> float:
        return math.inf if self._under_way or not self._station.line.up else self._look_at

    def run_once(self, now: float) -> None:
        """Look."""
        if self._under_way or now < self._look_at:
            return
        names = list(self._station.config.notify)
        self._station.dice.shuffle(names)  # of more names than are told of at once, none is always the last
        pause = LOOK_EVERY if names else SELDOM
        self._look_at = now + pause * self._station.dice.uniform(0.75, 1.25)
        self._ask(self._station.verbs.notices(names, AT_ONCE), self._found, now)

    def _found(self, found: Sequence[Pending]) -> None:
        notices = [(pending, notice) for pending in found if (notice := _read(pending))]
        if not notices:
            return
        ids = sorted({notice.job for _, notice in notices if notice.job})
        now = self._station.clock()

        def known(told: Sequence[Surroundings | None]) -> None:
            self._tell(notices, dict(zip(ids, told, strict=True)))

        if ids:
            self._ask(self._station.verbs.surroundings(ids), known, now)
        else:
            self._tell(notices, {})

    def _tell(self, notices: Sequence[tuple[Pending, Notice]], known: dict[str, Surroundings | None]) -> None:
        told = []
        for pending, notice in notices:
            task = self._station.config.deliveries.get(notice.task_name)
            if task is not None:  # else the file has changed meanwhile: another worker may have it
                told.append((pending, self._job_of(notice, task, known.get(notice.job))))

        def answered(answers: Sequence[str]) -> None:
            for (_, one), answer in zip(told, answers, strict=True):
                if answer == NEW:
                    self._station.journal.info("tell", f"{one.task} {one.id} tells of what has happened", job=one.id)
            if NEW in answers:  # else what keeps these back, a full queue, will not be gone in a moment
                self._look_at = -math.inf

        if told:
            self._ask(self._station.verbs.tell(told), answered, self._station.clock())

    def _job_of(self, notice: Notice, task: Task, known: Surroundings | None) -> Submission:
        now_ms = self._station.time.at(self._station.clock())
        lines = MOST_LINES if notice.occasion is Occasion.OUTPUT else SHOWN_LINES
        page = PlainPage(now_ms=now_ms, zone=host_zone(os.environ))
        text = text_of(
            notice,
            _job(known),
            known.last_lines(lines) if known else (),
            page,
            self._around(known, now_ms, lines) if known else None,
            _steps(known, page) if known else None,
        )
        call = delivery_call(notice, task, text, by=f"notify@{self._station.identity.host}")
        return Submission(
            id=new_id(), task=task.name, body=call.encode(), queue=self._queue_of(task), priority=task.priority
        )

    def _around(self, known: Surroundings, now_ms: int, lines: int) -> Around:
        return replace(around_of(known, now_ms, lines), command=command_line(known.job, self._station.config))

    def _queue_of(self, task: Task) -> str:
        """The task's queue, if this worker reads it; else the first that it reads."""
        queue, read = self._station.config.queue_of(task), self._selection.names
        return queue if not read or queue in read else read[0]

    def _ask(self, command: Command[Any], then: Callable[[Any], None], now: float) -> None:
        self._under_way = self._station.ask(command, then, now, self._over)

    def _over(self) -> None:
        self._under_way = False


def _read(pending: Pending) -> Notice | None:
    try:
        return Notice.decode(pending.text, pending.more)
    except ValueError:  # of a newer qctl, whose workers tell it
        return None


def _steps(known: Surroundings, page: PlainPage) -> Steps | None:
    """What is told of a workflow beside a job's report."""
    if known.job.call.kind is not Kind.WORKFLOW or known.job.started_ms is None:
        return None
    return steps_of(known.flow, page, known.speaks) if known.flow else steps_of_many(known.job, known.speaks)


def _job(known: Surroundings | None) -> Job | None:
    return known.job if known else None
