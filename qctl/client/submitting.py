"""What becomes of a submission, as its caller is told."""

from __future__ import annotations

from dataclasses import dataclass

from qctl.errors import NoSuchJob, QctlError, QueueFull, Refused
from qctl.model.submission import Submission
from qctl.store.values import Submitted, Taken


class NotUnique(Refused):
    """task {task} is unique, and its job {id} has not ended yet"""

    help = "qctl show {id}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: the job's id, and whether this request made it."""

    id: str
    taken: Taken
    queue: str


def refusal(submission: Submission, answer: Submitted) -> QctlError | None:
    """What a caller is told of a submission that was not taken; None if it was, or if its id has to be drawn again."""
    match answer.taken:
        case Taken.REFUSED:
            return Refused(f"key {submission.key} belongs to job {answer.id}", help=f"qctl show {answer.id}")
        case Taken.UNIQUE:
            return NotUnique(task=submission.task, id=answer.id)
        case Taken.NO_UPSTREAM:
            return NoSuchJob(id=answer.id)
        case Taken.FULL:
            return QueueFull(queue=submission.queue, length=answer.id)
        case _:
            return None
