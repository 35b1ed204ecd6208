"""How a worker comes to its end: what each signal and each command means, and when patience runs out.

One path, whoever asks: working, draining (by command, may resume), finishing, cutting off. It only goes forward.
"""

from __future__ import annotations

import math
from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

DRAIN_TIMEOUT: Final = 300.0  #: seconds that one SIGTERM waits for running jobs


class Phase(IntEnum):
    """How much a worker still does."""

    WORKING = 1
    DRAINING = 2  #: takes nothing more, and stays
    FINISHING = 3  #: takes nothing more, and goes when its jobs have ended
    CUTTING = 4  #: running jobs are stopped with their stop signal, and given back
    CUTTING_NOW = 5  #: running jobs are killed, and given back


class Shutdown:
    """Counts the requests to stop and keeps the deadline."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._deadline = math.inf
        self._signals = 0
        self.phase = Phase.WORKING

    @property
    def takes_work(self) -> bool:
        """Whether new jobs may be claimed."""
        return self.phase is Phase.WORKING

    @property
    def going(self) -> bool:
        """Whether the worker ends when it has nothing left in its hands."""
        return self.phase >= Phase.FINISHING

    @property
    def cutting(self) -> bool:
        """Whether running jobs are cut off."""
        return self.phase >= Phase.CUTTING

    def signalled(self, now: float) -> None:
        """SIGTERM or SIGINT came: the first asks to finish, the second to release now, further ones say nothing new."""
        self._signals += 1
        self._advance(Phase.FINISHING if self._signals == 1 else Phase.CUTTING_NOW)
        self._deadline = min(self._deadline, now + self._patience)

    def commanded(self, command: str) -> None:
        """Do what the last heartbeat answered: drain, resume, stop, stop-now, or nothing.

        `stop` waits for what runs however long that is: another worker has taken over, and nobody waits for this one.
        """
        if command == "drain" and self.phase is Phase.WORKING:
            self.phase = Phase.DRAINING
        elif command in ("resume", "") and self.phase is Phase.DRAINING:
            self.phase = Phase.WORKING
        elif command == "stop":
            self._advance(Phase.FINISHING)
        elif command == "stop-now":
            self._advance(Phase.CUTTING_NOW)

    def finish(self, now: float) -> None:
        """No more work is there (`--until-empty`). What Redis refuses to take is waited for like a job that runs."""
        self._advance(Phase.FINISHING)
        self._deadline = min(self._deadline, now + self._patience)

    def next_due(self) -> float:
        """When patience runs out."""
        return self._deadline if self.phase is Phase.FINISHING else math.inf

    def run_once(self, now: float) -> None:
        """Cut off what still runs once the deadline has passed."""
        if self.phase is Phase.FINISHING and now >= self._deadline:
            self._advance(Phase.CUTTING)

    def _advance(self, phase: Phase) -> None:
        self.phase = max(self.phase, phase)
