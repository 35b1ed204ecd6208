"""Starts the command of a `run`, `exec` or ad-hoc job: vfork and exec, nothing inherited.

`subprocess` forks by vfork as long as it has no `preexec_fn`, which is five times as fast; so one is given only where
`nice` or `limits` ask for it. A slot has one thread, so that it is safe there.
"""

from __future__ import annotations

import errno
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from qctl.engine.processes.prepare import NotRunnable, Prepared, not_begun, not_there
from qctl.model.attempt import Ended
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.model.words import fill_words

_PATIENCE: Final = 5.0  #: seconds to try again when the machine has no process to spare (P23, fault 20)
_PAUSE: Final = 0.5
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126

_LIMITS: Final = {
    "memory": resource.RLIMIT_AS,
    "cpu": resource.RLIMIT_CPU,
    "files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
}


@dataclass(frozen=True, slots=True)
class Leader:
    """The process of a command, leader of a session and group of its own (P9)."""

    process: subprocess.Popen[bytes]
    pid: int
    out: int  #: reading ends of its pipes, which do not block
    err: int


def command(prepared: Prepared) -> list[str]:
    """The words to execute. Parameters never become shell text (attack 23)."""
    task, extra = prepared.task, prepared.call.args
    match task.kind:
        case Kind.RUN:
            return [task.shell, "-c", task.run or "", task.name, *extra]
        case Kind.EXEC:
            return [*fill_words(task, prepared.params), *extra]
        case _:
            return list(extra)


def start(prepared: Prepared, variables: Mapping[str, str], stopped: Callable[[], bool]) -> Leader:
    """Start the command. Raises NotRunnable, with 126 or 127 if it is our own exec that failed (P22)."""
    words = command(prepared)
    out, their_out = os.pipe2(os.O_CLOEXEC)
    err, their_err = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(out, False)
    os.set_blocking(err, False)
    give_up = time.monotonic() + _PATIENCE
    try:
        while True:
            try:
                process = _popen(prepared, words, variables, their_out, their_err)
                return Leader(process, process.pid, out, err)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.ENOMEM) or time.monotonic() > give_up or stopped():
                    raise NotRunnable(_refusal(error, words, prepared, variables)) from error
                time.sleep(_PAUSE)
    except (NotRunnable, ValueError) as error:
        os.close(out)
        os.close(err)
        if isinstance(error, NotRunnable):
            raise
        raise NotRunnable(not_begun(str(error), "ValueError")) from error
    finally:
        os.close(their_out)
        os.close(their_err)


def _popen(
    prepared: Prepared, words: Sequence[str], variables: Mapping[str, str], out: int, err: int
) -> subprocess.Popen[bytes]:
    owner = prepared.owner
    other = owner.uid != os.geteuid()
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        env=variables,
        cwd=prepared.cwd,
        umask=prepared.task.umask,
        start_new_session=True,
        user=owner.uid if other else None,
        group=owner.gid if other else None,
        extra_groups=owner.groups if other else None,
        preexec_fn=_restrict(prepared.task),
    )


def _restrict(task: Task) -> Callable[[], None] | None:
    """What only the child itself can do: niceness and rlimits."""
    if task.nice is None and not task.limits:
        return None

    def restrict() -> None:
        for name, value in task.limits.items():
            limit = max(1, int(value))
            resource.setrlimit(_LIMITS[name], (limit, limit))
        if task.nice is not None:
            os.nice(task.nice)

    return restrict


def _refusal(error: OSError, words: Sequence[str], prepared: Prepared, variables: Mapping[str, str]) -> Ended:
    """Say exactly why nothing was started (P6, P22)."""
    name, why = words[0], error.strerror or "cannot be started"
    if error.filename == prepared.cwd and error.errno != errno.E2BIG and not os.path.isdir(prepared.cwd):
        return not_there(prepared, why)
    path = variables.get("PATH", "")
    searched = "" if "/" in name else f" (searched PATH={path})"
    if error.errno == errno.ENOENT:
        found = name if "/" in name else shutil.which(name, path=path)
        if found and os.path.exists(os.path.join(prepared.cwd, found)):
            return _not_executable(f"{found}: bad interpreter: {why}")
        return not_begun(f"{name}: {why}{searched}", "not_found", exit_code=_NOT_FOUND)
    if error.errno in (errno.EAGAIN, errno.ENOMEM):
        return not_begun(f"cannot fork: {why}", "fork")
    return _not_executable(f"{name}: {why}{searched}")


def _not_executable(message: str) -> Ended:
    return not_begun(message, "not_executable", exit_code=_NOT_EXECUTABLE)
