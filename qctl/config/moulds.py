"""What jobs of one task have in common that are asked for alike: checked and written down once for all of them.

A mould is made of the first request; each job that comes out of it costs its own values alone.
"""

from __future__ import annotations

import os

from qctl import json_text
from qctl.clock import now, rfc3339
from qctl.config.options import PRIORITIES, Options, caller
from qctl.errors import UsageError
from qctl.later import later
from qctl.model import strict_json
from qctl.model.call import DEEPEST, MOST_STDIN, NOTHING, Call, Kind, Values
from qctl.model.names import at_host, is_name
from qctl.model.submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from base64 import b64encode
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from qctl.config.option_forms import check_forms
    from qctl.config.options import Request
    from qctl.config.values import Config
    from qctl.hashes import sha256
    from qctl.model.params import bind, check_unknown, check_variables
    from qctl.model.secrets import encode, part, secret_names
    from qctl.model.show import duration, size
    from qctl.model.task import Task
else:
    bind, check_unknown, check_variables = (
        later("qctl.model.params", name) for name in ("bind", "check_unknown", "check_variables")
    )
    check_forms = later("qctl.config.option_forms", "check_forms")
    duration, size = (later("qctl.model.show", name) for name in ("duration", "size"))
    encode, part, secret_names = (later("qctl.model.secrets", name) for name in ("encode", "part", "secret_names"))
    b64encode = later("base64", "b64encode")
    sha256 = later("qctl.hashes", "sha256")


class TooDeep(UsageError):
    """the parameters are lists and objects nested too deep: a job holds at most 800 in each other"""

    help = "hand the data over in a file, and its name as a parameter"


_UNSAID: Final = Options()
NOTHING_MORE: Final[Mapping[str, Any]] = {}


class Mould:
    """Makes the jobs of requests that differ in their values alone.

    Raises UsageError for options that no job can be asked for with.
    """

    def __init__(
        self, request: Request, task: Task | None, config: Config, secret: frozenset[str], more: Mapping[str, Any]
    ) -> None:
        options = request.options
        _check_options(request.task, options)
        if options.env:
            check_variables(options.env, task)
        expires = options.expires if options.expires is not None else task.expires if task else None
        _check_expiry(options, expires)
        self._request, self._task, self._more = request, task, more
        self._secret = (
            secret if task is None else secret_names(task) if any(one.secret for one in task.params) else frozenset()
        )
        self._before, self._after = _call(request, task, more).frame()
        queue = options.queue or config.queue_of(task or request.task)
        self._terms: dict[str, Any] = {
            "task": request.task,
            "queue": queue if options.host is None else at_host(queue, options.host),
            "priority": options.priority
            if options.priority is not None
            else (task.priority if task else PRIORITIES["normal"]),
            "delay_ms": None if options.countdown is None else round(options.countdown * 1000),
            "due_ms": options.eta_ms,
            "expires_ms": None if expires is None else round(expires * 1000),
            "key": options.key or "",
            "if_exists": options.if_exists,
            "after": options.after,
            "max_length": config.queues[queue].max_length if queue in config.queues else None,
        }

    def fits(self, request: Request, task: Task | None, more: Mapping[str, Any]) -> bool:
        """Whether a request differs in its values alone from the one that this was made of."""
        mine = self._request
        return (
            task is self._task
            and request.task == mine.task
            and (request.options is mine.options or request.options == mine.options)
            and request.adhoc == mine.adhoc
            and request.cwd == mine.cwd
            and request.by == mine.by
            and (request.schedule, request.at_ms) == (mine.schedule, mine.at_ms)
            and more == self._more
        )

    def takes_any(self, request: Request) -> bool:
        """Whether a request for the same task, on no host of its own, differs in its values alone."""
        return not (self._task and self._task.host) and self.fits(request, self._task, NOTHING_MORE)

    def job(self, request: Request, draw: Callable[[], str], values: Values, by_place: frozenset[str]) -> Submission:
        """The job of a request that this fits. Raises ParameterError or UsageError."""
        shown, hidden = self._parted(request.params, by_place)
        values = Values(shown, tuple(hidden), request.args, values.positional, values.spread, values.items)
        return Submission(
            id=self._request.options.id or draw(),
            body=self.body(values),
            unique=self._unique_name(values),
            secrets=encode(hidden) if hidden else b"",
            **self._terms,
        )

    @property
    def is_plain(self) -> bool:
        """Whether its jobs differ in their ids and bodies alone."""
        unique = self._task is not None and self._task.unique
        return not (self._request.options.id is not None or self._secret or unique)

    def body_of(self, request: Request) -> bytes:
        """The body of the job of a request that this fits, where it is plain. Raises ParameterError or UsageError."""
        return self.body(Values(self._parted(request.params, frozenset())[0], (), request.args))

    def like(self, job_id: str) -> Submission:
        """A job without values, for what all that are made by this have in common."""
        return Submission(id=job_id, body=self.body(NOTHING), **self._terms)

    def _parted(self, params: Mapping[str, Any], by_place: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters as they are checked, and apart from them the values that are nobody's business."""
        if self._request.adhoc:
            return {}, {}
        if self._task is None:
            return part(check_unknown(self._request.task, params), self._secret)
        if not (params or self._task.params):
            return {}, {}
        bound = bind(self._task, params, filled=by_place)
        if not self._secret:
            return bound, {}
        shown, hidden = part(bound, self._secret)
        return shown, {name: value for name, value in hidden.items() if name in params}  # the rest is the worker's

    def body(self, values: Values) -> bytes:
        """The body of the job that has these values, which were checked. Raises UsageError."""
        try:
            text = values.written(self._before, self._after)
            body = text.encode()
        except UnicodeEncodeError as error:
            word = error.object[: error.start].rpartition('"')[2] + error.object[error.start :].partition('"')[0]
            raise UsageError(f"`{word}` is not UTF-8, which every word of a job has to be") from None
        except RecursionError:
            raise TooDeep from None
        if strict_json.too_deep(text, DEEPEST):  # no worker would read it
            raise TooDeep
        return body

    def _unique_name(self, values: Values) -> str:
        """The name under which there is one active job: the task's, or one made of its parameters too; on each host."""
        task, host = self._task, self._request.options.host
        if task is None or task.unique is None:
            return ""
        if task.unique == "task" and host is None:
            return task.name
        said: list[object] = [task.name, host]
        said += [values.params, values.args] if task.unique == "params" else []
        text = json_text.dumps(said, sort_keys=True, ensure_ascii=False, default=str)
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Moulds:
    """The moulds of one submit, in which a name always means the same task: of each the one that was used last."""

    def __init__(self) -> None:
        self._last: dict[str, Mould] = {}

    def fitting(self, request: Request) -> Mould | None:
        """What makes one more job like the last of its task, wherever it may run; None if it differs in more than its
        values.
        """
        found = self._last.get(request.task) if request.tree is None and isinstance(request.task, str) else None
        return found if found is not None and found.takes_any(request) else None

    def of(
        self, request: Request, task: Task | None, config: Config, secret: frozenset[str], more: Mapping[str, Any]
    ) -> Mould:
        """One that fits, made if there is none. Raises UsageError as `Mould` does."""
        found = self._last.get(request.task)
        if found is None or not found.fits(request, task, more):
            found = self._last[request.task] = Mould(request, task, config, secret, more)
        return found


def _check_options(task: str, options: Options) -> None:
    """Refuse what no job can be asked for with."""
    if not is_name(task):
        raise UsageError(
            f"`{task}` cannot be the name of a task: letters, digits, `.`, `_` and `-`, no `-` first, at most 128"
        )
    if options != _UNSAID:
        check_forms(options)


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


def _call(request: Request, task: Task | None, more: Mapping[str, Any]) -> Call:
    """What is asked for, without its values."""
    options = request.options
    limit = options.retries if options.retries is not None else (task.retry.limit if task else 0)
    said: dict[str, Any] = {
        "task": request.task,
        "by": caller() if request.by is None else request.by,
        "retries": options.retries,
        "tries": 1 + (limit or 0),
        "env": dict(options.env),
        "after": tuple(dict.fromkeys(options.after)),
        "parent_id": options.after[0] if options.after else None,
        "key": options.key or _occurrence(request),
        "schedule": request.schedule,
        "scheduled_for": None if request.at_ms is None else rfc3339(request.at_ms),
        "tags": options.tags,
        "labels": dict(options.labels),
        "stdin": _stdin(options.stdin, task),
    }
    if request.adhoc:
        said |= {"kind": Kind.ADHOC, "cwd": request.cwd or os.getcwd()}
    elif task is not None:
        tags = tuple(dict.fromkeys((*task.tags, *options.tags)))
        said |= {"kind": task.kind, "tags": tags, "file": task.file, "line": task.line, "hash": task.hash}
    return Call(**{**said, **more})


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
