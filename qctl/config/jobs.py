"""One job, from its request to its submission: parameters are bound, options settled, an id drawn."""

from __future__ import annotations

import json
import os
from types import MappingProxyType

from qctl.clock import now, rfc3339
from qctl.config.option_forms import check_forms
from qctl.config.options import PRIORITIES, caller
from qctl.errors import NotFound, Refused, UsageError
from qctl.later import later
from qctl.model import strict_json
from qctl.model.call import DEEPEST, MOST_STDIN, Call, Kind
from qctl.model.names import at_host, is_name
from qctl.model.params import bind, check_unknown, check_variables
from qctl.model.secrets import encode, part, secret_names
from qctl.model.show import duration, size
from qctl.model.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from base64 import b64encode
    from collections.abc import Callable, Mapping
    from hashlib import sha256
    from typing import Any

    from qctl.config.options import Options, Request
    from qctl.config.preparing import Preparing
    from qctl.config.values import Config
    from qctl.model.task import Task
else:
    b64encode = later("base64", "b64encode")
    sha256 = later("hashlib", "sha256")


class TooDeep(UsageError):
    """the parameters are lists and objects nested too deep: a job holds at most 800 in each other"""

    help = "hand the data over in a file, and its name as a parameter"


class DisabledTask(Refused):
    """task {task} is disabled: `enabled = false` in {file}:{line}"""


def prepare_job(request: Request, how: Preparing) -> Submission:
    """Check a request for one job against the configuration and make a submission of it.

    Raises ParameterError, NotFound, BrokenTask, DisabledTask or UsageError; nothing is sent.
    """
    if not isinstance(request.task, str):
        raise UsageError(f"a task is named by a text, not by {type(request.task).__name__}")
    task = None if request.adhoc else find_task(request.task, how.config, strict=how.strict)
    return submission_of(request, task, how.config, draw=how.draw, secret=how.secret)


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
    secret: frozenset[str] = frozenset(),
    by_place: frozenset[str] = frozenset(),
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Submission:
    """The job of a request for a task, or for one that the caller does not have.

    Parameters of the names `by_place` get their values when it starts; `more` are further fields of its call.
    Raises ParameterError or UsageError.
    """
    options = request.options
    _check_options(request.task, options)
    check_variables(options.env, task)
    queue = options.queue or config.queue_of(task or request.task)
    call, secrets = _call(request, task, secret, by_place, more)
    default_expires = task.expires if task else None
    expires = options.expires if options.expires is not None else default_expires
    _check_expiry(options, expires)
    return Submission(
        id=options.id or draw(),
        task=request.task,
        body=_body(call),
        queue=queue if options.host is None else at_host(queue, options.host),
        priority=options.priority
        if options.priority is not None
        else (task.priority if task else PRIORITIES["normal"]),
        delay_ms=None if options.countdown is None else round(options.countdown * 1000),
        due_ms=options.eta_ms,
        expires_ms=None if expires is None else round(expires * 1000),
        key=options.key or "",
        if_exists=options.if_exists,
        unique=_unique_name(task, call, options.host) if task else "",
        after=options.after,
        max_length=config.queues[queue].max_length if queue in config.queues else None,
        secrets=encode(secrets),
    )


def _check_options(task: str, options: Options) -> None:
    """Refuse what no job can be asked for with."""
    if not is_name(task):
        raise UsageError(
            f"`{task}` cannot be the name of a task: letters, digits, `.`, `_` and `-`, no `-` first, at most 128"
        )
    check_forms(options)


def _unique_name(task: Task, call: Call, host: str | None) -> str:
    """The name under which there is one active job: the task's, or one made of its parameters too; on each host."""
    if task.unique is None:
        return ""
    if task.unique == "task" and host is None:
        return task.name
    said: list[object] = [task.name, host]
    said += [call.params, call.args] if task.unique == "params" else []
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _check_expiry(options: Options, expires: float | None) -> None:
    """Refuse a job that has expired before it may start."""
    wait = options.countdown
    if wait is None and options.eta_ms is not None:
        wait = options.eta_ms / 1000 - now().timestamp()
    if wait is not None and expires is not None and expires <= wait:
        raise UsageError(
            f"the job can never run: it expires in {duration(expires)} and starts in {duration(wait)} at the earliest",
            help="--expires and `expires` of a task count from the submit, not from the start",
        )


def _body(call: Call) -> bytes:
    try:
        body = call.encode()
    except UnicodeEncodeError as error:
        word = error.object[: error.start].rpartition('"')[2] + error.object[error.start :].partition('"')[0]
        raise UsageError(f"`{word}` is not UTF-8, which every word of a job has to be") from None
    except RecursionError:
        raise TooDeep from None
    if strict_json.too_deep(body.decode(), DEEPEST):  # no worker would read it
        raise TooDeep
    return body


def _call(
    request: Request, task: Task | None, secret: frozenset[str], by_place: frozenset[str], more: Mapping[str, Any]
) -> tuple[Call, dict[str, Any]]:
    """What is asked for, and apart from it the values that are nobody's business."""
    retries = request.options.retries
    limit = retries if retries is not None else (task.retry.limit if task else 0)
    shared: dict[str, Any] = {
        "task": request.task,
        "args": request.args,
        "by": caller() if request.by is None else request.by,
        "retries": retries,
        "tries": 1 + (limit or 0),
        "env": dict(request.options.env),
        "after": tuple(dict.fromkeys(request.options.after)),
        "parent_id": request.options.after[0] if request.options.after else None,
        "key": request.options.key or _occurrence(request),
        "schedule": request.schedule,
        "scheduled_for": None if request.at_ms is None else rfc3339(request.at_ms),
        "labels": dict(request.options.labels),
        "stdin": _stdin(request.options.stdin, task),
        **more,
    }
    if request.adhoc:
        return Call(kind=Kind.ADHOC, cwd=request.cwd or os.getcwd(), tags=request.options.tags, **shared), {}
    if task is None:
        shown, hidden = part(check_unknown(request.task, request.params), secret)
        return Call(params=shown, secrets=tuple(hidden), tags=request.options.tags, **shared), hidden
    shown, hidden = part(bind(task, request.params, filled=by_place), secret_names(task))
    hidden = {name: value for name, value in hidden.items() if name in request.params}  # the rest is the worker's
    call = Call(
        kind=task.kind,
        params=shown,
        secrets=tuple(hidden),
        tags=tuple(dict.fromkeys((*task.tags, *request.options.tags))),
        file=task.file,
        line=task.line,
        hash=task.hash,
        **shared,
    )
    return call, hidden


def _stdin(given: bytes | None, task: Task | None) -> str | None:
    if given is None:
        return None
    if task is not None and task.kind is Kind.CALL:
        raise UsageError(f"task {task.name} is a Python callable, which reads no stdin", help="give it a parameter")
    if len(given) > MOST_STDIN:
        raise UsageError(f"a job reads at most {size(MOST_STDIN)} on stdin", help="give it the path of the file")
    return b64encode(given).decode()


def _occurrence(request: Request) -> str | None:
    """What a job that a schedule wants is called: by the schedule and the instant. No key that is held for it."""
    if request.schedule is None or request.at_ms is None:
        return None
    return f"{request.schedule}@{rfc3339(request.at_ms)}"
