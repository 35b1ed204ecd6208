"""What a task may ask and say about the job that it runs in.

    from qctl import current

    current.progress(3, 10, "copying")
    raise current.retry(countdown=60)
    current.job_id, current.attempt

In a slot the words go straight to the worker. A child process of a job, or a shell job's Python, finds the same in its
environment and through the socket in QCTL_RUN_DIR. Outside a job `progress` does nothing, so that a plain call of a
task stays a plain call.
"""

from __future__ import annotations

import json
import math
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

job_id: str  #: the job's id
task: str  #: the task's name
attempt: int  #: number of this attempt, from 1
fence: int  #: rises with every attempt: hand it to what you write to, and let that refuse older ones
queue: str
run_dir: str  #: a directory of this attempt alone, emptied after it
scheduled_for: str | None  #: the instant that a schedule meant, as RFC 3339
parent_id: str | None

_VARIABLES: Final = {
    "job_id": "QCTL_JOB_ID",
    "task": "QCTL_TASK",
    "attempt": "QCTL_ATTEMPT",
    "fence": "QCTL_FENCE",
    "queue": "QCTL_QUEUE",
    "run_dir": "QCTL_RUN_DIR",
    "scheduled_for": "QCTL_SCHEDULED_FOR",
    "parent_id": "QCTL_PARENT_ID",
}
_MAY_BE_ABSENT: Final = ("scheduled_for", "parent_id")
_PAUSE: Final = 0.05  #: seconds between two reports of progress; of what comes faster the latest is said
_LONGEST_TEXT: Final = 10_000  #: characters; the worker shows 500, and cuts once it has hidden secrets
_PATIENCE: Final = 5.0  #: seconds that the worker may take to answer a child process


class SoftTimeLimitExceeded(Exception):
    """The job has run into its soft limit. Clean up and end; at the hard limit it is killed."""


class Stopped(BaseException):
    """The job is told to stop: hard limit, cancel, or the worker goes. What is not over within the grace is killed.

    Not an Exception, so that a loop that survives errors does not survive this; `finally` clauses run.
    """


class Retry(Exception):
    """The task asks to be run again. Made by `retry()`, to be raised."""

    def __init__(self, countdown: float | None = None, message: str = "") -> None:
        self.countdown = countdown
        super().__init__(message or "the task asked to be run again")


class NoJob(RuntimeError):
    """This code does not run in a job."""


def retry(countdown: float | None = None, message: str = "") -> Retry:
    """An exception to raise: run this job again after `countdown` seconds, by default after the task's own backoff.

    It costs one of the task's retries.
    """
    if countdown is not None and not (math.isfinite(countdown) and countdown >= 0):
        raise ValueError(f"countdown is a number of seconds from 0 up, not {countdown!r}")
    return Retry(countdown, message)


def progress(done: float, total: float | str | None = None, text: str | None = None) -> None:
    """Say how far the job is: `progress(3, 10, "copying")`, or a fraction from 0 to 1: `progress(0.3, "copying")`.

    Cheap enough for an inner loop: more often than twenty times a second, the latest is said.
    """
    if isinstance(total, str):
        total, text = None, total
    fraction = done / total if total else float(done)
    if not math.isfinite(fraction):
        raise ValueError(f"progress is a number, not {fraction!r}")
    said = (min(1.0, max(0.0, fraction)), None if text is None else str(text)[:_LONGEST_TEXT])
    if _slot.say is not None:
        _slot.progress(said)
    elif "QCTL_RUN_DIR" in os.environ:
        _tell_worker({"progress": said[0], "text": said[1]})


def __getattr__(name: str) -> Any:
    """What is known of the job, read from its environment. Raises NoJob outside of one."""
    if name not in _VARIABLES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    text = os.environ.get(_VARIABLES[name])
    if text is None:
        if name in _MAY_BE_ABSENT and "QCTL_JOB_ID" in os.environ:
            return None
        raise NoJob(f"current.{name} is known only inside a job")
    return int(text) if name in ("attempt", "fence") else text


@dataclass(slots=True)
class _Slot:
    """The way from a task to its slot, when this process is one."""

    say: Callable[[tuple[float, str | None]], None] | None = None
    last: float = 0.0
    waiting: tuple[float, str | None] | None = None

    def progress(self, said: tuple[float, str | None]) -> None:
        now = time.monotonic()
        if now - self.last < _PAUSE:
            self.waiting = said
            return
        self.last, self.waiting = now, None
        if self.say is not None:
            self.say(said)

    def begin(self, say: Callable[[tuple[float, str | None]], None]) -> None:
        """A job begins in this process."""
        self.say, self.last, self.waiting = say, 0.0, None

    def end(self) -> None:
        """The job is over; its last word on progress is said before its end."""
        if self.waiting is not None and self.say is not None:
            self.say(self.waiting)
        self.say = self.waiting = None


_slot: Final = _Slot()
begin_in_slot: Final = _slot.begin
end_in_slot: Final = _slot.end


def _tell_worker(said: dict[str, Any]) -> None:
    """Send one line to the worker by way of the run directory; a worker that is gone is not a task's trouble."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE)
        connection.connect(os.path.join(os.environ["QCTL_RUN_DIR"], "qctl.sock"))
        connection.sendall(json.dumps(said).encode() + b"\n")
        connection.recv(4096)
