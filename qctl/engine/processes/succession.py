"""Which generation is at work: the first one, its successor when a template dies, none after the end.

Owns what has to be done between two: nobody of the old one may live on, and frames that nobody had begun go to the new.
"""

from __future__ import annotations

import math
import os
import select
import signal
import time

from qctl.classes import replace
from qctl.engine.processes import kernel, rundir, tree
from qctl.engine.processes.events import TemplateDied
from qctl.engine.processes.generation import Generation, templates
from qctl.engine.processes.hearing import PAUSE, Hearing
from qctl.engine.processes.stops import crash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.engine.processes.events import Event
    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.plan import PoolPlan
    from qctl.engine.processes.stops import Stops

_DEATH: Final = 0.2  #: seconds that a killed process may take to be gone
_SWEEP: Final = 0.05  #: seconds between two looks for what has not died yet


class Succession:
    """The generations of one pool, one at a time."""

    def __init__(self, plan: PoolPlan, stops: Stops) -> None:
        self.plan, self._stops = plan, stops  #: of the next generation
        self._watched = select.epoll()
        self.generation: Generation | None = None
        self.hearing: Hearing | None = None
        self.homeless: list[Frame] = []  #: not begun when the template died
        self._begin_at = math.inf
        self._begun_at = 0.0
        self.refusal = ""  #: why there is no generation yet: what the machine lacks now, it may have later
        self._strangers: frozenset[int] = frozenset()
        self._sweeping = False

    def fileno(self) -> int:
        """Readable when there is something to hear; the same for all generations."""
        return self._watched.fileno()

    def found(self) -> None:
        """Start the first generation. This process becomes a subreaper; children that it has already are spared.

        OSError: nothing of it is there.
        """
        try:
            kernel.adopt_orphans()
            self._strangers = frozenset(tree.children(os.getpid()))
            os.makedirs(self.plan.directory, mode=0o700, exist_ok=True)
            rundir.let_users_pass(self.plan.directory)
            self._begin()
        except OSError:
            self._watched.close()
            raise

    def _begin(self) -> None:
        self._begin_at, self._begun_at, self.refusal = math.inf, time.monotonic(), ""
        try:
            self.generation = generation = Generation(self.plan)
        except OSError as error:
            if error.errno not in kernel.PASSING:
                raise
            self._begin_at, self.refusal = self._begun_at + PAUSE, str(error)
            return
        self.hearing = Hearing(generation, self.plan.slots, self._stops)
        self._watched.register(generation.reports.fileno(), select.EPOLLIN)
        self._watched.register(generation.pidfd, select.EPOLLIN)
        self.settle_homeless()

    def resize(self, slots: int) -> None:
        """Have so many slots, in this generation and in those that follow it."""
        self.plan = replace(self.plan, slots=slots)
        if self.hearing is not None:
            self.hearing.resize(slots)

    def settle_homeless(self) -> None:
        """Send what is left of an earlier generation to the slots of this one."""
        if self.homeless and self.generation is not None:
            del self.homeless[: self.generation.dispatch.send(self.homeless)]

    def keeps(self, key: tuple[str, int]) -> bool:
        """Whether a frame is with no slot, nor on its way to one, and is to be sent again."""
        kept = self.generation.dispatch.kept if self.generation else ()
        return any(frame.key == key for frame in (*kept, *self.homeless))

    def run_once(self, now: float) -> None:
        """Begin anew, and sweep, where that is due."""
        if self._begin_at <= now:
            self._begin()
        if self._sweeping:
            self._sweep()
        if self.homeless:
            self.settle_homeless()

    def next_due(self) -> float:
        """Monotonic time of the next `run_once` that matters."""
        return min(self._begin_at, time.monotonic() + _SWEEP if self._sweeping else math.inf)

    @property
    def template_is_dead(self) -> bool:
        """Whether the generation has lost its template, and so must be buried."""
        assert self.generation is not None
        return os.waitid(os.P_PIDFD, self.generation.pidfd, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def kill_slots(self) -> None:
        """The template is dead: let the slots follow, so that they say nothing more."""
        assert self.generation is not None
        for seen in self.generation.slots.values():
            seen.signal(signal.SIGKILL)
        for seen in self.generation.slots.values():
            seen.end_orphan(_DEATH)

    def bury(self) -> list[Event]:
        """All that the generation had to say was heard: keep its frames, end its orphans, plan the next one."""
        generation, hearing = self.generation, self.hearing
        assert generation is not None
        assert hearing is not None
        said: list[Event] = []
        for slot, seen in list(generation.slots.items()):
            said += hearing.bury(slot, seen, crash(None, int(signal.SIGKILL)))
        os.waitpid(generation.pid, 0)
        self.homeless = generation.dispatch.abandon() + self.homeless
        self._forget(generation)
        self._sweep()
        hasty = time.monotonic() - self._begun_at < 1.0
        self._begin_at = time.monotonic() + (PAUSE if hasty else 0.0)
        return [*said, TemplateDied(generation.pid)]

    def _forget(self, generation: Generation) -> None:
        self._watched.unregister(generation.reports.fileno())
        self._watched.unregister(generation.pidfd)
        generation.close()
        self.generation = self.hearing = None

    def _sweep(self) -> bool:
        """Kill and reap what fell to this process when the template died. True: nobody is left that can be seen."""
        try:
            self._sweeping = not tree.kill_children(self._strangers | templates)
        except OSError as error:
            if error.errno not in kernel.NO_DESCRIPTOR:
                raise
            self._sweeping = True  # they are looked for again when a descriptor is free
        return not self._sweeping

    def end(self, grace: float) -> None:
        """End the generation and everything below it. Waits up to `grace` seconds, twice at worst."""
        generation = self.generation
        if generation is not None:
            generation.closing = True
            generation.hang_up()
            if not tree.await_death(generation.pidfd, grace):
                os.kill(generation.pid, signal.SIGKILL)
            os.waitpid(generation.pid, 0)
            self._forget(generation)
        deadline = time.monotonic() + grace
        while not self._sweep() and time.monotonic() < deadline:
            select.select([], [], [], 0.005)
        self._begin_at, self._sweeping = math.inf, False
        if not self._watched.closed:
            self._watched.close()
