"""How a job's state and times stand in the columns of a list; the words are those of `qctl.model.job_words`."""

from __future__ import annotations

from qctl.cli.grid import Cell
from qctl.model.cells import cut
from qctl.model.job_words import (
    NOTHING,
    again,
    command_of,
    due_of,
    ending,
    exit_column,
    run_s,
    since_of,
    state_words,
    title_of,
    tries,
)
from qctl.model.show import age, duration
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.cli.terminal import Look
    from qctl.model.job import Job

_MOST_TITLE: Final = 60  #: cells of a title in a sentence

__all__ = [
    "NOTHING",
    "again",
    "called",
    "command_of",
    "due_of",
    "ending",
    "exit_column",
    "run_s",
    "seconds",
    "since_of",
    "state_of",
    "time_of",
    "title_of",
    "tries",
]


def state_of(job: Job) -> Cell:
    """A job's state in a column of 11 cells."""
    return Cell(*state_words(job))


def called(job: Job, look: Look) -> str:
    """A job in a sentence: `7kq2f8wz backup-db`, or the first words of its command."""
    return f"{job.id} {cut(look.safe(title_of(job)), _MOST_TITLE, look.ellipsis)}"


def seconds(value: float | None) -> str:
    """A duration, or a dash."""
    return NOTHING if value is None else duration(value)


def time_of(job: Job, look: Look) -> str:
    """What a listing says of time: how long it runs or waits, or when it is due."""
    if job.state is State.SCHEDULED and (due := due_of(job)) is not None:
        return f"in {age((due - look.now_ms) / 1000)}"
    if job.state is State.RUNNING:
        return seconds(run_s(job, look.now_ms))
    since = job.ended_ms if job.ended_ms is not None else since_of(job)
    return age((look.now_ms - since) / 1000)
