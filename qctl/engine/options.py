"""What a worker is started with."""

from __future__ import annotations

import os

from qctl.classes import dataclass
from qctl.engine.lease import LEASE
from qctl.engine.place import SPREAD, PlaceOptions
from qctl.engine.shutdown import DRAIN_TIMEOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions(PlaceOptions):
    """The flags of `qctl worker`, read and typed. Durations are seconds."""

    queues: str | None = None  #: `-Q`
    slots: int | None = None  #: `-c`, or the MIN of `--autoscale`; None: the usable CPUs, at least 2
    most_slots: int | None = None  #: the MAX of `--autoscale`; None: as many as `slots`
    idle: float = 30.0  #: with `--autoscale`: how long not every slot was in use before idle ones go
    beat: bool = False  #: fire the schedules of the configuration, too
    spread: float = SPREAD  #: seconds between the starts of two schedules that a beat makes up for
    until_empty: bool = False
    only: tuple[str, ...] = ()  #: run these jobs alone, and go when they have ended
    drain_timeout: float = DRAIN_TIMEOUT  #: infinite: wait for ever
    lease: float = LEASE
    max_jobs: int | None = None  #: of one slot, until another takes its place
    max_memory: int | None = None  #: bytes, likewise
    directory: str | None = None  #: for run directories; None: a temporary one of this worker's own


def usable_slots(chosen: int | None) -> int:
    """How many jobs run at once: `-c`, or the CPUs that this process may use, at least 2."""
    return chosen if chosen is not None else max(2, len(os.sched_getaffinity(0)))
