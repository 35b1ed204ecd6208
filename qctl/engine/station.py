"""What the duties of one worker share: who it is, what it talks to, and what it has in its hands."""

from __future__ import annotations

import math

from qctl import clock
from qctl.classes import dataclass, field
from qctl.config.coming import known_to
from qctl.engine.claims import Claims
from qctl.engine.slumber import Slumber
from qctl.engine.unheard import unheard
from qctl.errors import QctlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random
    from typing import Any, Final

    from qctl.config import Config
    from qctl.engine.identity import Identity
    from qctl.engine.journal import Journal
    from qctl.engine.lease import Lease
    from qctl.engine.line import Line
    from qctl.engine.shutdown import Shutdown
    from qctl.model.task import Task
    from qctl.store import Command, Verbs

STOOD_STILL: Final = 1.0  #: seconds to an answer, after which it says little of the server's time at its arrival


class ServerTime:
    """The server's clock as far as this worker knows it: wall clocks of hosts are never compared."""

    def __init__(self) -> None:
        self.offset_ms = 0.0  #: between the server's clock and the monotonic one here; 0.0: nothing was heard of it
        self._woke_at, self._slept = -math.inf, 0.0

    def heard(self, server_ms: int, now: float, sent: float) -> None:
        """An answer that has come just now, to what was `sent` then, named the server's time.

        Of one that was long under way nobody knows when it was given: a wait may have held it up, or it may have lain
        here while this process stood still. It corrects what is known only as far as both cannot be true.
        """
        if sent < self._woke_at:
            sent -= self._slept
        least, most = server_ms - now * 1000, server_ms - sent * 1000
        self.offset_ms = least if now - sent <= STOOD_STILL else min(max(self.offset_ms, least), most)

    def slept(self, seconds: float, now: float) -> None:
        """The machine was suspended for so long until now, and the server's clock went on."""
        self._woke_at, self._slept = now, seconds
        self.offset_ms += seconds * 1000

    def at(self, moment: float) -> int:
        """Server time in ms since the epoch at a monotonic time."""
        return round(moment * 1000 + self.offset_ms)

    def monotonic(self, server_ms: int) -> float:
        """The monotonic time at which the server's clock shows this."""
        return (server_ms - self.offset_ms) / 1000


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the machine refuses just now, a process for one."""

    reason: str
    until: float  #: monotonic; if it is not said again by then, it is over


@dataclass(slots=True)
class Station:
    """One worker's place. Each duty gets it and takes what it needs."""

    identity: Identity
    config: Config
    verbs: Verbs
    line: Line
    journal: Journal
    lease: Lease
    shutdown: Shutdown
    dice: Random
    embedded: bool  #: the server is this user's own, on a unix socket: no partition is possible
    problem: str | None = None  #: why the file, as it is now, is not in force
    broken: Mapping[str, str] = field(default_factory=dict)  #: task or module -> why it could not be imported
    stale_since_ms: int | None = None  #: since when, by the server's clock
    lack: Lack | None = None  #: what the machine refuses
    at_work: Config | None = None  #: what the slots that begin jobs were started with, while others import their code
    others: int = 0  #: workers beside this one
    leaving: bool = False  #: the worker's record is being taken out: nothing may enter it again
    clock: Callable[[], float] = clock.monotonic
    claims: Claims = field(default_factory=Claims)
    time: ServerTime = field(default_factory=ServerTime)
    slumber: Slumber = field(default_factory=Slumber)

    @property
    def worker(self) -> str:
        """The id under which this worker claims now."""
        return self.identity.id

    @property
    def trouble(self) -> str | None:
        """Why it does not do all that it should: a file that is not in force, or what the machine refuses."""
        lacking = self.lack is not None and self.clock() < self.lack.until
        return self.problem or (self.lack.reason if self.lack and lacking else None)

    def notice_slumber(self) -> None:
        """Count the time for which the machine was suspended, which none of the times that are kept here have counted.

        To be called before what has come is read: jobs that were given to this worker may be another's by now.
        """
        if slept := self.slumber.look():
            self.journal.info("woke", f"this machine was suspended for {slept:.0f} s")
            now = self.clock()
            self.lease.slept(slept, now)
            self.time.slept(slept, now)

    def task(self, name: str) -> Task | None:
        """The definition that this worker has of a task."""
        return self.config.known(name)

    def runnable(self, name: str) -> Task | None:
        """The same, of a task that can be begun now."""
        unknown = self.at_work and name not in self.config.declared and self.at_work.known(name) is None
        return None if unknown else self.config.known(name)

    @property
    def offered(self) -> Config:
        """The configuration, with what can be begun now."""
        return known_to(self.at_work, self.config) if self.at_work else self.config

    @property
    def lacks_code(self) -> bool:
        """Whether a task cannot be begun yet, or may be one: what a module declares is known once it is imported."""
        slots, config = self.at_work, self.config
        return slots is not None and (self.offered is not config or not set(config.modules) <= set(slots.modules))

    def ask(
        self, command: Command[Any], then: Callable[[Any], None], now: float, over: Callable[[], None] = unheard
    ) -> bool:
        """Ask one thing that will be asked again anyway: a lost or refused answer is passed over.

        `over` is told, before all else, that nothing is under way any more. False: nothing was sent.
        """

        def understood(answers: list[Any]) -> None:
            over()
            if isinstance(answers[0], QctlError):
                self.journal.trouble("redis", str(answers[0]))
            else:
                then(answers[0])

        return self.line.ask([command], understood, over, now)

    def tell(self, commands: Sequence[Command[Any]], now: float) -> None:
        """Send what needs no answer and may be lost."""
        self.line.ask(commands, unheard, unheard, now)
