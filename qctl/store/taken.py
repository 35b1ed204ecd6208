"""What becomes of jobs by those who ask for them: the answers to a submit and to a cancel."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.enums import StrEnum
from qctl.store.replies import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Taken(StrEnum):
    """What became of one submission."""

    NEW = "NEW"
    EXISTS = "EXISTS"  #: the same job was taken before
    COLLISION = "COLLISION"  #: the id belongs to another job: draw again
    HELD = "HELD"  #: its key belongs to another job, whose id is told
    REFUSED = "REFUSED"  #: the same, and the caller said that this is an error
    UNIQUE = "UNIQUE"  #: another job is the only active one of its task, or of its parameters
    FULL = "FULL"  #: as many jobs wait in the queue as it may hold; their number is told in place of an id
    NO_UPSTREAM = "NO_UPSTREAM"  #: a job that it was to wait for does not exist; its id is told
    NO_PLAN = "NO_PLAN"  #: the nodes of the workflow that were uploaded before are gone: upload them again


@dataclass(frozen=True, slots=True)
class Submitted:
    """The answer to a submission, and the id of the job that holds it (or for FULL how many jobs may wait)."""

    taken: Taken
    id: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The answer to one cancel: OK, RUNNING (its worker was told), ENDED or UNKNOWN."""

    answer: str
    worker: str | None


def read_submitted(ids: Sequence[str], reply: Any) -> list[Submitted]:
    """What became of the jobs of these ids: one word where all of them are new."""
    if reply == b"NEW":
        return [Submitted(Taken.NEW, job) for job in ids]
    return [Submitted(Taken(text(taken)), text(job)) for taken, job in zip(reply[::2], reply[1::2], strict=True)]


def read_taken(reply: Any) -> Taken:
    """What became of the only job of a call."""
    return Taken.NEW if reply == b"NEW" else Taken(text(reply[0]))


def read_if_not_new(reply: Any) -> list[Taken]:
    """What became of the jobs of a call; nothing where all of them are new."""
    return [] if reply == b"NEW" else [Taken(text(taken)) for taken in reply[::2]]


def read_cancelled(reply: Sequence[Any]) -> list[Cancelled]:
    pairs = zip(reply[::2], reply[1::2], strict=True)
    return [Cancelled(text(answer), text(worker) or None) for answer, worker in pairs]
