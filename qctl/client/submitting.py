"""What becomes of a submission, as its caller is told."""

from __future__ import annotations

from qctl.classes import dataclass, field
from qctl.errors import NoSuchJob, QueueFull, Refused
from qctl.store.taken import Taken

__all__ = ["NotUnique", "Receipt", "Taken", "receipt", "refusal"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.errors import QctlError
    from qctl.model.submission import Submission
    from qctl.model.workflow.plan import Plan
    from qctl.store.taken import Submitted


class NotUnique(Refused):
    """task {task} is unique, and its job {id} has not ended yet"""

    help = "qctl show {id}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a request: the job's id, and whether this request made it."""

    id: str
    taken: Taken
    queue: str
    plan: Plan | None = field(default=None, repr=False, compare=False)  #: of a workflow that this request made


def receipt(submission: Submission, taken: Taken, job: str) -> Receipt:
    """The receipt of what was taken: under its own id, or under that of the job that its key belongs to."""
    if submission.plan is not None and taken in (Taken.NEW, Taken.EXISTS):
        return Receipt(job, taken, submission.queue, submission.plan)
    return Receipt(job, taken, submission.queue)


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
