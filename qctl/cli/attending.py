"""Waiting for jobs in front of a person, a log or a pipe: tells of every change, and passes output on."""

from __future__ import annotations

import math
import sys

from qctl import clock
from qctl.classes import replace
from qctl.cli.cancel_key import CANCELLED_BY_KEY, CancelKey
from qctl.cli.emit import say
from qctl.cli.screens import waiting
from qctl.cli.terminal import width_of
from qctl.later import cached_property, later
from qctl.model.show import duration
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator, Sequence
    from typing import Final

    from qctl.cli.region import Region
    from qctl.cli.session import Session
    from qctl.cli.terminal import Look
    from qctl.client import Client
    from qctl.model.job import Job
    from qctl.model.output import Chunk

    Until = Callable[[Sequence[Job]], bool]
    from qctl.cli.passing_on import pass_on
    from qctl.cli.region import region_on
    from qctl.client.following import Follower
    from qctl.client.typical import Typical
    from qctl.client.untaken import given_up
    from qctl.model.lines import LineMaker
else:
    from _collections import deque  # `collections` itself takes a while

    pass_on = later("qctl.cli.passing_on", "pass_on")
    region_on = later("qctl.cli.region", "region_on")
    Follower = later("qctl.client.following", "Follower")
    Typical = later("qctl.client.typical", "Typical")
    given_up = later("qctl.client.untaken", "given_up")
    LineMaker = later("qctl.model.lines", "LineMaker")

_LOOK: Final = 0.25  #: seconds after which a job is looked at again, whatever is heard of it
_SILENCE: Final = 60.0  #: seconds after which a log gets a sign of life


def no_worry() -> None:
    """Whoever is to run what is waited for needs no watching."""


def all_ended(jobs: Sequence[Job]) -> bool:
    """The usual end of a wait."""
    return all(job.ended for job in jobs)


class _NoRegion:
    """Where nothing is drawn; `contextlib` takes longer to import than a wait takes of its own."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class Attendance:
    """One wait. On a terminal a live region stands below what is said."""

    def __init__(self, here: Session, client: Client, ids: Sequence[str], *, follow: bool = False) -> None:
        self._here, self._client, self._ids, self._follow = here, client, list(ids), follow
        self._followers: dict[str, Follower] = {}
        self._told: dict[str, tuple[object, ...]] = {}
        self._tail: deque[str] = deque(maxlen=3)
        self._spoke_at = clock.monotonic()
        self._cancel_key = CancelKey()
        live = here.err.live and not here.settings.quiet and not follow and len(self._ids) == 1
        self._region = region_of(here) if live else None

    def wait(
        self, timeout: float | None = None, until: Until = all_ended, alive: Callable[[], None] = no_worry
    ) -> list[Job]:
        """Wait until enough has happened and answer the jobs as they are then.

        `alive` is asked at each look and may raise. Raises WaitTimeout after `timeout` seconds, LostWhileWaiting.
        """
        deadline = math.inf if timeout is None else clock.monotonic() + timeout
        with self._cancel_key, self._region or _NoRegion():
            try:
                for jobs in self._client.watch(self._ids, _LOOK, deadline):
                    self._tell(jobs)
                    if until(jobs):
                        return jobs
                    if clock.monotonic() >= deadline:
                        raise given_up(self._client, " ".join(self._ids), duration(timeout or 0.0), jobs)
                    self._obey()
                    alive()
            finally:
                if self._region is not None:
                    self._region.clear()
        raise AssertionError("a watch never ends by itself")

    def _tell(self, jobs: Sequence[Job]) -> None:
        look = look_now(self._here)
        for job in jobs:
            if job.state is not State.RUNNING:
                self._pass_on(job)  # what an attempt wrote stands before how it ended
            news = (job.state, job.attempt, job.cancelling, job.parked_by)
            if self._told.get(job.id) != news:
                self._told[job.id] = news
                self._change(job, look)
            if job.state is State.RUNNING:
                self._pass_on(job)
        if self._region is not None and not all_ended(jobs):
            (job,) = jobs
            usual = self._typical.usual(job.call.task) if job.state is State.RUNNING else None
            self._region.draw(waiting.live(job, list(self._tail), look, *(usual or ()), place=self._place(job)))
        elif self._region is None and clock.monotonic() - self._spoke_at > _SILENCE and not look.live:
            for job in jobs:
                if not job.ended:
                    self._say(waiting.still_there(job, look))

    def _change(self, job: Job, look: Look) -> None:
        if self._here.settings.quiet:
            return
        if not look.live:
            self._say(waiting.change(job, look))
        elif self._region is not None:
            self._region.clear() if job.ended else None
            self._region.above(self._step(job, look))
        else:
            self._say(self._step(job, look))

    def _step(self, job: Job, look: Look) -> str:
        return waiting.step(job, look, place=self._place(job), pid=self._pid(job))

    def _place(self, job: Job) -> int | None:
        """Which in its queue it is, if it is queued and nothing else holds it."""
        if job.state is not State.QUEUED or job.parked_by:
            return None
        return self._client.reading.ranks([job]).get(job.id)

    def _pid(self, job: Job) -> int | None:
        """The process of the worker that has it."""
        if job.state is not State.RUNNING:
            return None
        mine = (worker for worker in self._client.reading.workers() if worker.id == job.owner)
        return next((worker.about.get("pid") for worker in mine), None)

    def _say(self, line: str) -> None:
        say(line)
        self._spoke_at = clock.monotonic()

    def _pass_on(self, job: Job) -> None:
        """Pass new output on, or keep its last lines for the live region."""
        if not self._follow and self._region is None:
            return
        for piece in self._follower(job.id).read(job):
            if self._follow:
                pass_on(piece, self._here)
            else:
                self._tail.extend(_texts(self._lines, piece.chunk))

    def _follower(self, job_id: str) -> Follower:
        found = self._followers.get(job_id)
        if found is None:
            found = self._followers[job_id] = Follower(job_id, self._client.reading)
        return found

    @cached_property
    def _lines(self) -> LineMaker:
        return LineMaker()

    @cached_property
    def _typical(self) -> Typical:
        return Typical(self._client.reading)

    def _obey(self) -> None:
        if self._cancel_key.was_pressed():
            self._client.cancel(self._ids, reason=CANCELLED_BY_KEY)


def look_now(here: Session) -> Look:
    """How to write on stderr now: time goes on, and a terminal may have been made narrower."""
    width = None if here.err.width is None else width_of(sys.stderr, here.environ)
    return replace(here.err, now_ms=round(clock.now().timestamp() * 1000), width=width)


def _texts(lines: LineMaker, chunk: Chunk) -> Iterator[str]:
    for line in lines.add(chunk):
        yield line.data.decode("utf-8", "replace").rstrip("\r\n")


def region_of(here: Session) -> Region:
    """The foot of the terminal that stderr is."""
    return region_on(sys.stderr, here.environ, to_terminal)


def to_terminal(text: str) -> None:
    """Write on stderr as it is: what moves about on the terminal."""
    sys.stderr.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stderr.buffer.flush()
