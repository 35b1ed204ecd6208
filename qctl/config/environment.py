"""The environment of a job: a closed list, the same whoever started the worker and from wherever (P3, P4).

Nothing of the worker's own environment reaches a job but TZ, so no Redis URL and no password does (attack 50).
"""

from __future__ import annotations

import os
import pwd
import stat
from functools import lru_cache
from typing import Protocol

from qctl.classes import dataclass
from qctl.config.trust import distrust
from qctl.model.call import Kind
from qctl.model.params import check_variables
from qctl.model.words import environment_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.model.call import Call
    from qctl.model.task import Task

PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LANG: Final = "C.UTF-8"


class Claimed(Protocol):
    """An attempt of a job, as far as it may know of itself."""

    @property
    def id(self) -> str: ...
    @property
    def attempt(self) -> int: ...
    @property
    def queue(self) -> str: ...
    @property
    def fence(self) -> int: ...


class Unprepared(Exception):
    """An attempt cannot be started; the text says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str

    @property
    def groups(self) -> list[int]:
        """All groups that the user is in, as initgroups(3) would set them (P8)."""
        return os.getgrouplist(self.name, self.gid)


@lru_cache(maxsize=64)
def account(name: str | None = None) -> Account:
    """The user of this name, or the one that the worker runs as. Raises Unprepared."""
    try:
        found = pwd.getpwuid(os.geteuid()) if name is None else pwd.getpwnam(name)
    except KeyError:
        if name is not None:
            raise Unprepared(f"there is no user `{name}` on this machine") from None
        return Account(str(os.geteuid()), os.geteuid(), os.getegid(), "/", "/bin/sh")
    return Account(found.pw_name, found.pw_uid, found.pw_gid, found.pw_dir, found.pw_shell or "/bin/sh")


def basic(owner: Account, timezone: str | None) -> dict[str, str]:
    """What every job of a user gets."""
    variables = {
        "HOME": owner.home,
        "LOGNAME": owner.name,
        "USER": owner.name,
        "SHELL": owner.shell,
        "PATH": PATH,
        "LANG": LANG,
    }
    if timezone is not None:
        variables["TZ"] = timezone
    return variables


def about_job(frame: Claimed, call: Call, run_dir: str) -> dict[str, str]:
    """The QCTL_… variables: what a job may know of itself."""
    variables = {
        "QCTL_JOB_ID": frame.id,
        "QCTL_TASK": call.task,
        "QCTL_ATTEMPT": str(frame.attempt),
        "QCTL_QUEUE": frame.queue,
        "QCTL_FENCE": str(frame.fence),
        "QCTL_RUN_DIR": run_dir,
    }
    if call.scheduled_for is not None:
        variables["QCTL_SCHEDULED_FOR"] = call.scheduled_for
    if call.parent_id is not None:
        variables["QCTL_PARENT_ID"] = call.parent_id
    return variables


def own_variables(task: Task, call: Call, params: Mapping[str, Any]) -> Mapping[str, str]:
    """What task and call add: parameters under their own names, `env_file`, `env`, then what was given to this job.

    Raises UsageError for a variable that a call may not set (attack 26), whoever has written its record.
    """
    variables = environment_of(params) if params else {}
    if task.env_file is not None:
        variables |= read_env_file(task.env_file, task.user)
    if task.env:
        variables |= task.env
    if call.env:
        check_variables(call.env)
        variables |= call.env
    return variables


def whole(owner: Account, timezone: str | None, own: Mapping[str, str], about: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a job. LOGNAME and USER are always the real user (P5)."""
    variables = {**basic(owner, timezone), **own, **about}
    variables["LOGNAME"] = variables["USER"] = owner.name
    return variables


def read_env_file(path: str, user: str | None = None) -> dict[str, str]:
    """Read `NAME=value` lines; `export` before them, quotes around the value, comments and blank lines are allowed.

    For a job of root's they are refused where somebody else could have written them; for one of `user` where it is
    neither he nor root. Raises Unprepared.
    """
    try:
        with open(path, encoding="utf-8", opener=_without_waiting) as file:
            _must_be_trusted(path, file.fileno(), user)
            lines = file.read().splitlines()
    except OSError as error:
        raise Unprepared(f"env_file {path}: {error.strerror}") from error
    except ValueError as error:
        raise Unprepared(f"env_file {path}: not UTF-8") from error
    variables = {}
    for number, line in enumerate(lines, 1):
        text = line.strip().removeprefix("export ").lstrip()
        if not text or text.startswith("#"):
            continue
        name, sign, value = text.partition("=")
        if not sign or not name.strip().isidentifier():
            raise Unprepared(f"env_file {path}: line {number} is not NAME=value")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        variables[name.strip()] = value
    return variables


def _without_waiting(path: str, flags: int) -> int:
    """Open without waiting for somebody to write into a FIFO."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _must_be_trusted(path: str, opened: int, user: str | None) -> None:
    """Variables of a loader decide what a job runs (attack 41). Raises Unprepared."""
    seen = os.fstat(opened)
    if not stat.S_ISREG(seen.st_mode):
        raise Unprepared(f"env_file {path}: not a regular file")
    if found := distrust(path, seen, owners={0, account(user).uid}):
        raise Unprepared(f"env_file {path} {found.why}: {found.command}")


def working_directory(task: Task, call: Call, owner: Account) -> str:
    """Where a job runs: the task's `cwd`, the caller's directory for an ad-hoc job, else the user's home (P6)."""
    return task.cwd or (call.cwd if call.kind is Kind.ADHOC else None) or owner.home
