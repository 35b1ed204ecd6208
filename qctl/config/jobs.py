"""One job, from its request to its submission: parameters are bound, options settled, an id drawn."""

from __future__ import annotations

from qctl.config.moulds import NOTHING_MORE, Moulds
from qctl.errors import NotFound, Refused, UsageError
from qctl.model.call import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from qctl.config.options import Request
    from qctl.config.preparing import Preparing
    from qctl.config.values import Config
    from qctl.model.call import Values
    from qctl.model.submission import Submission
    from qctl.model.task import Task


class DisabledTask(Refused):
    """task {task} is disabled: `enabled = false` in {file}:{line}"""


def prepare_job(request: Request, how: Preparing) -> Submission:
    """Check a request for one job against the configuration and make a submission of it.

    Raises ParameterError, NotFound, BrokenTask, DisabledTask or UsageError; nothing is sent.
    """
    if not isinstance(request.task, str):
        raise UsageError(f"a task is named by a text, not by {type(request.task).__name__}")
    task = None if request.adhoc else find_task(request.task, how.config, strict=how.strict)
    return submission_of(request, task, how.config, draw=how.draw, secret=how.secret, moulds=how.moulds)


def find_task(name: str, config: Config, *, strict: bool = True) -> Task | None:
    """The task or workflow of this name; None if the caller does not have it, unless that is asked for strictly.

    Raises NotFound, BrokenTask or DisabledTask.
    """
    try:
        task = config.task(name)
    except NotFound:
        if strict:
            raise
        return None
    if not task.enabled:
        raise DisabledTask(task=task.name, file=task.file, line=task.line)
    return task


def submission_of(
    request: Request,
    task: Task | None,
    config: Config,
    *,
    draw: Callable[[], str],
    moulds: Moulds | None = None,
    secret: frozenset[str] = frozenset(),
    by_place: frozenset[str] = frozenset(),
    values: Values = NOTHING,
    more: Mapping[str, Any] = NOTHING_MORE,
) -> Submission:
    """The job of a request for a task, or for one that the caller does not have.

    Parameters of the names `by_place` get their values when it starts; `values` are those beside parameters and words,
    `more` further fields of its call.
    Raises ParameterError or UsageError.
    """
    mould = (moulds or Moulds()).of(request, task, config, secret, more)
    return mould.job(request, draw, values, by_place)
