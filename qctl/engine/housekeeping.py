"""What any worker does for the whole namespace: let go on what is due or follows, forget what is past its retention."""

from __future__ import annotations

import math
from collections import deque

from qctl.errors import QctlError
from qctl.store import Command
from qctl.store.refusals import is_of_its_own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from qctl.engine.station import Station

PROMOTED: Final = 200  #: jobs in one call: others wait for their claims meanwhile
FOLLOWED: Final = 500
FORGET_EVERY: Final = 60.0
TRIM_EVERY: Final = 10.0
REMOVED: Final = 100  #: jobs or outputs in one call
LOOKED_AT: Final = 100  #: queues in one call
IDLE_MS: Final = 86_400_000  #: a queue without jobs is remembered for so long


class Promote:
    """Queues scheduled jobs at the moment when they are due, by the server's clock, and lets jobs follow ended ones."""

    def __init__(self, station: Station, on_promoted: Callable[[], None]) -> None:
        self._station = station
        self._on_promoted = on_promoted
        self._due = math.inf
        self._under_way = False

    def due_at(self, due_ms: int) -> None:
        """The store says when the next scheduled job is due."""
        self._due = min(self._due, self._station.time.monotonic(due_ms) + 0.001)

    def next_due(self) -> float:
        return math.inf if self._under_way or not self._station.line.up else self._due

    def run_once(self, now: float) -> None:
        """Queue what is due."""
        if self._under_way or now < self._due:
            return
        verbs = self._station.verbs
        if self._station.line.ask([verbs.follow(FOLLOWED), verbs.promote(PROMOTED)], self._answered, self._lost, now):
            self._under_way, self._due = True, math.inf

    def _answered(self, answers: list[Any]) -> None:
        self._under_way = False
        for answer in answers:
            if isinstance(answer, Exception):
                self._station.journal.trouble("redis", str(answer))
                return  # the next look of the worker's turn says again what is due
        (followed, _), promoted = answers
        if promoted.count == PROMOTED:
            self._due = -math.inf
        elif promoted.next_due_ms is not None:
            self.due_at(promoted.next_due_ms)
        if followed or promoted.count or promoted.came_back:
            self._on_promoted()

    def _lost(self) -> None:
        self._under_way, self._due = False, -math.inf


class Forget:
    """Removes ended jobs past age or count, task by task, in small steps; then output over the budget, and names of
    queues that nobody uses.
    """

    def __init__(self, station: Station, now: float) -> None:
        self._station = station
        self._tasks: deque[str] = deque()
        self._under_way = False
        self._forget_at = now + FORGET_EVERY * station.dice.random()
        self._trim_at = now + TRIM_EVERY * station.dice.random()
        self._queues_at = now + FORGET_EVERY * station.dice.random()

    def next_due(self) -> float:
        if self._under_way or not self._station.line.up:
            return math.inf
        return -math.inf if self._tasks else min(self._forget_at, self._trim_at, self._queues_at)

    def run_once(self, now: float) -> None:
        """Take the next step."""
        if self._under_way:
            return
        if self._tasks:
            self._forget(self._tasks[0], now)
        elif now >= self._forget_at:
            self._forget_at = now + self._often(FORGET_EVERY)
            self._ask_for_tasks(now)
        elif now >= self._trim_at:
            self._trim_at = now + self._often(TRIM_EVERY)
            budget = self._station.config.output_budget
            self._step(self._station.verbs.trim_output(budget, REMOVED), self._trimmed, now)
        elif now >= self._queues_at:
            self._queues_at = now + self._often(FORGET_EVERY)
            self._step(self._station.verbs.trim_queues(IDLE_MS, LOOKED_AT), _nothing, now)

    def _often(self, seconds: float) -> float:
        """Until the next time: all workers together do it about twice in so many seconds, however many they are."""
        among = max(1.0, (self._station.others + 1) / 2)
        return seconds * among * self._station.dice.uniform(0.75, 1.25)

    def _ask_for_tasks(self, now: float) -> None:
        command: Command[Any] = Command(("SMEMBERS", self._station.verbs.keys.tasks), _names)
        self._step(command, self._tasks.extend, now)

    def _forget(self, name: str, now: float) -> None:
        """Forget by the task's own retention.

        One that this worker does not have goes by what another that has it keeps; where nobody does, it was renamed or
        removed, by the general one.
        """
        task, config = self._station.task(name), self._station.config
        age = task.keep_age if task else config.retention_age
        runs = task.keep_runs if task else config.retention_runs

        def forgotten(answer: tuple[int, bool]) -> None:
            if not answer[1]:
                self._tasks.popleft()

        declared = task is not None
        command = self._station.verbs.forget(name, round(age * 1000), runs, REMOVED, declared=declared)
        self._step(command, forgotten, now)

    def _trimmed(self, answer: tuple[int, bool]) -> None:
        if answer[1]:
            self._trim_at = -math.inf

    def _step(self, command: Command[Any], then: Callable[[Any], None], now: float) -> None:
        def answered(answers: list[Any]) -> None:
            self._under_way = False
            if isinstance(answers[0], QctlError):
                self._pass_over(answers[0])
                self._station.journal.trouble("redis", str(answers[0]))
            else:
                then(answers[0])

        def lost() -> None:
            self._under_way = False

        self._under_way = self._station.line.ask([command], answered, lost, now)

    def _pass_over(self, refusal: QctlError) -> None:
        """Of one task something is wrong, and the others go on; or Redis takes nothing now."""
        if self._tasks and is_of_its_own(refusal):
            self._tasks.popleft()
        else:
            self._tasks.clear()


def _nothing(_answer: list[str]) -> None:
    """What is gone is told to nobody."""


def _names(reply: Any) -> list[str]:
    return sorted(name.decode() for name in reply)
