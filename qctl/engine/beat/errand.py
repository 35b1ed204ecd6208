"""Several questions to Redis, one after the other, in a loop that waits for none of them."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from qctl.errors import QctlError
from qctl.store import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.station import Station

#: What a course yields: commands to ask, or the seconds for which it lets the loop do something else.
Step = Sequence[Command[Any]] | float

PAUSE: Final = 0.0  #: it goes on in the next turn of the loop
T = TypeVar("T")

AGAIN: Final = 1.0  #: seconds until what Redis refused is asked again

#: A part of a course, which answers something. It is given the answers to what it asks. That may be asked twice: the
#: answer may be lost.
Leg = Generator[Step, list[Any], T]
Course = Leg[None]


class Errand:
    """Leads one course at a time to its end."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._course: Course | None = None
        self._asking: Sequence[Command[Any]] = ()
        self._answers: list[Any] | None = None
        self._under_way = False
        self._not_before = -math.inf

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        return self._course is None

    def begin(self, course: Course) -> None:
        """Take up a course. What was left of another is dropped."""
        self._course, self._asking, self._answers = course, (), None
        self._not_before = -math.inf

    def next_due(self) -> float:
        """Monotonic time of the next step; infinite while an answer is awaited."""
        waits = self._course is None or self._under_way or not self._station.line.up
        return math.inf if waits else self._not_before

    def run_once(self, now: float) -> None:
        """Take the next step."""
        if self._course is None or self._under_way or now < self._not_before:
            return
        if not self._asking:
            self._advance()
        if self._asking:
            self._ask(now)

    def _advance(self) -> None:
        assert self._course is not None, "begun"
        answers, self._answers = self._answers, None
        try:
            step = next(self._course) if answers is None else self._course.send(answers)
        except StopIteration:
            self._course = None
            return
        if not isinstance(step, float):
            self._asking = step
        elif step:
            self._not_before = self._station.clock() + step

    def _ask(self, now: float) -> None:
        course = self._course

        def answered(answers: list[Any]) -> None:
            self._under_way = False
            refusal = next((each for each in answers if isinstance(each, QctlError)), None)
            if course is not self._course:
                return
            if refusal is not None:
                self._station.journal.trouble("redis", str(refusal))
                self._not_before = self._station.clock() + AGAIN
                return
            self._asking, self._answers = (), answers

        def lost() -> None:
            self._under_way = False

        self._under_way = self._station.line.ask(self._asking, answered, lost, now)
