"""What a job's process gives up before it runs: rights, priority, memory. Done by the process itself, after its fork.

The order matters: limits and niceness while the rights are still there to set them, then groups, group and user (P8,
attack 51), then what needs the new user: the working directory.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal

from qctl.classes import dataclass, field
from qctl.model import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

    from qctl.config.environment import Account
    from qctl.engine.processes.cgroups import AttemptGroup
    from qctl.model.task import Task

_RESOURCES: Final = {
    "memory": resource.RLIMIT_AS,
    "cpu": resource.RLIMIT_CPU,
    "files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
}
_AFTER_CPU: Final = 5  #: seconds of processor time between SIGXCPU, which tells the job, and the kernel's KILL


class Refused(Exception):
    """A process cannot give up what it was told to; the text says what and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restrictions:
    """Those of one attempt."""

    user: Account | None = None  #: None: the worker's own
    nice: int | None = None
    limits: Mapping[str, int | float] = field(default_factory=dict)
    group: AttemptGroup | None = None  #: where some of the limits hold for the attempt as a whole

    @classmethod
    def of(cls, task: Task, other_user: Account | None, group: AttemptGroup | None = None) -> Restrictions:
        """What a task asks for."""
        return cls(user=other_user, nice=task.nice, limits=task.limits, group=group)

    def __bool__(self) -> bool:
        return self.user is not None or self.nice is not None or bool(self.limits)

    def apply(self) -> None:
        """Give it up, for good. Raises Refused."""
        if self.group is not None:
            _enter(self.group)
        for name, value in self.limits.items():
            if self.group is None or name not in self.group.holds:
                _limit(name, value)
        if self.nice is not None:
            _be_nice(self.nice)
        if self.user is not None:
            become(self.user)


def _limit(name: str, value: int | float) -> None:
    """Set a limit. One that stands already and may not be raised is the stricter one, and holds."""
    which, number = _RESOURCES[name], max(1, int(value))
    above = _AFTER_CPU if name == "cpu" else 0
    try:
        resource.setrlimit(which, (number, number + above))
    except (OSError, ValueError):
        _, hard = resource.getrlimit(which)
        resource.setrlimit(which, (min(number, hard), min(number + above, hard)))


def _enter(group: AttemptGroup) -> None:
    try:
        group.enter()
    except OSError as error:
        raise Refused(f"limits: its control group cannot be entered: {error.strerror}") from error


def _be_nice(increment: int) -> None:
    try:
        os.nice(increment)
    except OSError as error:
        raise Refused(f"nice = {increment}: {error.strerror}; only root may raise a priority") from error


def become(user: Account) -> None:
    """Become another user: groups, group, user, in this order, and make sure that there is no way back.

    Raises Refused. A death signal is cleared by it (prctl(2)) and has to be asked for again.
    """
    before = os.geteuid()
    try:
        groups = user.groups
        os.setgroups(groups)
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    except OSError as error:
        raise Refused(f"user = {user.name}: {_not_permitted(before, error)}") from error
    found = (os.getresuid(), os.getresgid(), set(os.getgroups()))
    if found != ((user.uid,) * 3, (user.gid,) * 3, set(groups)):
        raise Refused(f"user = {user.name}: the kernel gave {found} instead")
    if user.uid != 0 and _can_become(before):
        raise Refused(f"user = {user.name}: the process could become user {before} again")


def _not_permitted(uid: int, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"this worker runs as user {uid}, and only one that runs as root can start jobs of other users"
    return str(error.strerror)


def _can_become(uid: int) -> bool:
    try:
        os.setresuid(uid, uid, uid)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def acting_as(user: Account | None) -> Iterator[None]:
    """Do something with a user's rights, and come back: to open a file where only he may.

    A death signal is cleared by it. None: with the own rights. Raises OSError, for whoever is not root.
    """
    if user is None:
        yield
        return
    groups, gid, uid = os.getgroups(), os.getegid(), os.geteuid()
    if uid != 0:
        raise PermissionError(errno.EPERM, f"user {uid} cannot act as {user.name}")
    try:
        os.setgroups(user.groups)
        os.setegid(user.gid)
        os.seteuid(user.uid)
        yield
    finally:
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)


def used_up(task: Task, number: int | None, seconds: float) -> str:
    """What a deadly signal says about a task's limits, after so much processor time: that this is used up.

    SIGXCPU tells it; the kernel's KILL follows when that was ignored.
    """
    cpu = task.limits.get("cpu")
    if cpu is None or not (number == signal.SIGXCPU or (number == signal.SIGKILL and seconds >= cpu)):
        return ""
    return f"limits.cpu = {show.duration(cpu)} is used up"
