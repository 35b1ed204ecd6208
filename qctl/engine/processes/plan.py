"""What a pool is to be made of, and the ends of the sockets by which its processes talk."""

from __future__ import annotations

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from qctl.config import Config
    from qctl.engine.processes.cgroups import Delegation
    from qctl.engine.processes.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """The processes below one worker."""

    config: Config
    slots: int  #: to begin with
    directory: str  #: of the worker's own, 0700: the slots' run directories are made in it
    most: int | None = None  #: slots that it may be resized to; None: as many as to begin with
    label: str = "worker"
    adhoc: bool = False  #: may ad-hoc commands run here
    max_jobs: int | None = None  #: a slot goes after so many jobs, and another takes its place
    max_memory: int | None = None  #: bytes of resident memory after which a slot goes
    delegation: Delegation | None = None  #: the control group in which attempts with limits get one of their own
    stderr: int = 2  #: where template and slots write what is about qctl itself


@dataclass(frozen=True, slots=True)
class Channels:
    """The ends of the parent's sockets that template and slots use."""

    dispatch: socket.socket
    reports: socket.socket
    control: socket.socket
    table: Table

    def descriptors(self) -> set[int]:
        """Those that survive the fork."""
        return {self.dispatch.fileno(), self.reports.fileno(), self.control.fileno()}
