"""From a request to a submission, of a job or of a whole workflow: the one way from a wish to the store."""

from __future__ import annotations

from qctl.config.jobs import DisabledTask, prepare_job
from qctl.config.options import ADHOC_TASK, BY_SCHEDULE, PRIORITIES, Options, Request, caller
from qctl.config.preparing import Preparing
from qctl.later import later
from qctl.model.names import new_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from qctl.config.lone import is_lone, prepare_lone
    from qctl.config.pipelines import prepare_workflow
    from qctl.config.values import Config
    from qctl.model.submission import Submission
else:
    is_lone, prepare_lone = (later("qctl.config.lone", name) for name in ("is_lone", "prepare_lone"))
    prepare_workflow = later("qctl.config.pipelines", "prepare_workflow")

__all__ = [
    "ADHOC_TASK",
    "BY_SCHEDULE",
    "PRIORITIES",
    "DisabledTask",
    "Options",
    "Request",
    "caller",
    "prepare",
    "prepare_as",
]


def prepare(
    request: Request,
    config: Config,
    *,
    strict: bool = True,
    draw: Callable[[], str] = new_id,
    secret: frozenset[str] = frozenset(),
) -> Submission:
    """Check a request against the configuration and make a submission of it: a WorkflowSubmission of a workflow.

    A composition of one step alone is a plain job.
    A task that the caller does not have goes through unchecked if `strict` is false: workers may have it. Its
    parameters of the names `secret` are then treated as such.
    Raises ParameterError, NotFound, BrokenTask, DisabledTask or UsageError; nothing is sent.
    """
    return prepare_as(request, Preparing(config, strict, draw, secret))


def prepare_as(request: Request, how: Preparing) -> Submission:
    """As `prepare`: of several requests of one submit, what they have in common is settled once."""
    if request.tree is not None:
        return prepare_lone(request, how) if is_lone(request.tree) else prepare_workflow(request, how)
    if not request.adhoc and request.task in how.config.workflows:
        return prepare_workflow(request, how)
    return prepare_job(request, how)
