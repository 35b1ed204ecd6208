"""The last step of an attempt: what came out of it becomes an outcome. Pure but for the reading of finished values."""

from __future__ import annotations

import json
import os
import signal as signals
from datetime import UTC, datetime
from functools import partial

from qctl.classes import dataclass
from qctl.current import Retry, SoftTimeLimitExceeded, Stop, Stopped
from qctl.engine.processes import stops
from qctl.engine.processes.python_task import names_of, own_traceback, text_of
from qctl.engine.processes.restrictions import used_up
from qctl.engine.processes.table import How
from qctl.model import strict_json
from qctl.model.attempt import MAX_VALUE_BYTES, Value, ValueKind
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.output import NO_VALUE_KEPT
from qctl.model.own_json import own_json
from qctl.model.state import Outcome, Reason
from qctl.model.units import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from qctl.engine.processes.imports import ImportFailure
    from qctl.engine.processes.nest import Printed
    from qctl.engine.processes.python_task import Called
    from qctl.engine.processes.table import Request
    from qctl.model.secrets import Veil
    from qctl.model.task import Task


class Rejected(Exception):
    """A value that cannot be kept."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended."""

    status: int  #: as waitpid gives it
    request: Request | None = None  #: the stop that was sent to it
    value: Value | None = None
    rejected: str = ""  #: why its value is not kept, where somebody was to receive it
    retry_after: Callable[[], float | None] | None = None  #: looks up when to run it again, if it has said so
    oom: bool = False
    cpu_s: float = 0.0  #: processor time that it has used
    too_much: str = ""  #: what it used of its memory when it was stopped for that


def of_process(task: Task, exit_: Exit, printed: Printed, said: Callable[[], str]) -> Ended:
    """What a command came to (P13, P14, P17). `said` gives what it said last, for the error if it failed."""
    signal = os.WTERMSIG(exit_.status) if os.WIFSIGNALED(exit_.status) else None
    code = os.WEXITSTATUS(exit_.status) if os.WIFEXITED(exit_.status) else None
    fine = code is not None and code in task.ok_codes
    if exit_.too_much:
        return out_of_memory(exit_.too_much, signal=signal, exit_code=code)
    told = exit_.request
    if told is not None and not (fine and told.stop.how is How.SOFT):
        return stops.verdict(told.stop, signal=signal if signal else told.stop.signal, exit_code=code)
    if signal is not None:
        why = used_up(task, signal, exit_.cpu_s)
        return by_signal(signal, why, core=os.WCOREDUMP(exit_.status), oom=exit_.oom, said=said())
    if not fine:
        error = ErrorInfo(type="exit", message=said() or f"exit {code}")
        retry_after = exit_.retry_after() if exit_.retry_after is not None else None
        return Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=code, error=error, retry_after=retry_after)
    if task.fail_on_stderr and printed.stderr_bytes:
        return failed_on_stderr(printed)._replace(exit_code=code)
    if exit_.rejected:
        return rejected(exit_.rejected)._replace(exit_code=code)
    if task.result == "json" and exit_.value is not None:
        try:
            return Ended(outcome=Outcome.SUCCEEDED, exit_code=code, value=as_json(exit_.value))
        except Rejected as error:
            return rejected(str(error))
    if code == 0 and exit_.value is None:
        return _EXITED
    return Ended(outcome=Outcome.SUCCEEDED, exit_code=code, value=exit_.value)


def by_signal(number: int, why: str = "", *, core: bool = False, oom: bool = False, said: str = "") -> Ended:
    """A job whose process was killed by a signal, and why, where that is known; else what it `said` last."""
    try:
        name = f" {signals.Signals(number).name}"
    except ValueError:
        name = ""
    dumped = " (core)" if core else ""
    message = f"signal {number}{name}{dumped}{why and f': {why}'}"
    reason = Reason.SIGNAL
    if oom:
        reason, message = Reason.OOM, f"out of memory: the kernel killed it ({message})"
    elif said and not why:
        message = said + dumped
    return Ended(
        outcome=Outcome.FAILED, reason=reason, signal=number, error=ErrorInfo(type=reason.value, message=message)
    )


def out_of_memory(used: str, *, signal: int | None, exit_code: int | None) -> Ended:
    """A job that was stopped because all its processes together used more than they may (fault 15)."""
    error = ErrorInfo(type=Reason.OOM.value, message=f"out of memory: {used}")
    return Ended(outcome=Outcome.FAILED, reason=Reason.OOM, signal=signal, exit_code=exit_code, error=error)


def failed_on_stderr(printed: Printed) -> Ended:
    """`fail_on_stderr`: exit 0 is not enough."""
    message = f"{printed.stderr_bytes} bytes on stderr, and fail_on_stderr is set"
    return Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, error=ErrorInfo(type="stderr", message=message))


#: As the writer below would do it, which takes longer to begin than to write these.
_PLAIN: Final[Mapping[type, Callable[[Any], str]]] = {
    str: json.encoder.encode_basestring,
    int: int.__repr__,
    bool: lambda value: "true" if value else "false",
}
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=own_json)
_SUCCEEDED: Final = Ended(outcome=Outcome.SUCCEEDED)
_EXITED: Final = Ended(outcome=Outcome.SUCCEEDED, exit_code=0)
_FINE: Final = _SUCCEEDED[:6]  #: up to the value
_AFTER_VALUE: Final = _SUCCEEDED[7:]
_ended: Final = partial(tuple.__new__, Ended)  # without looking for what is not given: it comes for every job


def of_call(
    task: Task, called: Called, request: Request | None, *, keep: bool = True, retries: int | None = None
) -> tuple[Ended, str]:
    """What a Python call came to, its value if it is one to `keep`, and the text that belongs on the job's stderr.

    `retries` is what the job was submitted with.
    """
    error = called.error
    if called.instead is not None:
        return Ended(outcome=Outcome.SUCCEEDED, instead=called.instead), ""
    if error is None:
        try:
            value = json_value(called.value) if keep else None
            return (_SUCCEEDED if value is None else _ended((*_FINE, value, *_AFTER_VALUE))), ""
        except Rejected as complaint:
            if task.result == "discard":
                return _SUCCEEDED, f"{complaint}; {NO_VALUE_KEPT}\n"
            return rejected(str(complaint)), f"{complaint}\n"
    if isinstance(error, SystemExit):
        return _system_exit(task, error, request)
    if isinstance(error, Stop):
        told = ErrorInfo(type=Reason.STOPPED.value, message=text_of(error))
        return Ended(outcome=Outcome.SKIPPED, reason=Reason.STOPPED, error=told), f"{told.message}\n"
    trace = own_traceback(error)
    if request is not None and isinstance(error, SoftTimeLimitExceeded | Stopped):
        return _told_to_stop(request, error), trace
    info = ErrorInfo(type=type(error).__qualname__, message=text_of(error))
    failed = Ended(outcome=Outcome.FAILED, reason=Reason.EXCEPTION, error=info, error_names=names_of(error))
    if isinstance(error, Retry):
        says_none = task.retry.limit == 0 and retries is None
        return _asks_again(error, failed, error.usual if says_none else None)
    if request is not None and request.stop.how is not How.SOFT:
        return stops.verdict(request.stop, signal=None), trace
    return failed, trace


def _told_to_stop(request: Request, error: BaseException) -> Ended:
    """An end by a stop that the task let pass; at the soft limit it is known by the exception's own name."""
    stopped = stops.verdict(request.stop, signal=None)
    if not isinstance(error, SoftTimeLimitExceeded) or stopped.outcome is not Outcome.TIMEOUT:
        return stopped
    return stopped._replace(error=ErrorInfo(type=SoftTimeLimitExceeded.__qualname__, message=text_of(error)))


def _asks_again(error: Retry, plain: Ended, usual: int | None) -> tuple[Ended, str]:
    """The end of an attempt whose task asked for another, under the name of what it had failed with, and its text."""
    limit = usual if error.max_retries is None else error.max_retries
    asked = plain._replace(retry_after=error.countdown, asks_again=True, retries=limit)
    if error.exc is None:
        return asked, f"{type(error).__qualname__}: {text_of(error)}\n"
    info = ErrorInfo(type=type(error.exc).__qualname__, message=text_of(error.exc))
    names = (*names_of(error.exc), *plain.error_names)
    return asked._replace(error=info, error_names=names), own_traceback(error.exc)


def of_failed_import(failure: ImportFailure) -> tuple[Ended, str]:
    """What an attempt comes to whose code could not be imported, and its traceback."""
    info = ErrorInfo(type=failure.type, message=failure.message)
    ended = Ended(outcome=Outcome.FAILED, reason=Reason.EXCEPTION, error=info, error_names=failure.names)
    return ended, failure.traceback


def _system_exit(task: Task, error: SystemExit, request: Request | None) -> tuple[Ended, str]:
    """`sys.exit()` as a script would mean it (fault 13): a code, or a text for stderr and code 1."""
    if request is not None and request.stop.how is not How.SOFT:
        return stops.verdict(request.stop, signal=None), ""
    text = ""
    code = error.code
    if code is None:
        code = 0
    elif not isinstance(code, int):
        text, code = f"{text_of(error)}\n", 1
    code &= 0xFF
    if code in task.ok_codes:
        return Ended(outcome=Outcome.SUCCEEDED, exit_code=code), text
    info = ErrorInfo(type="exit", message=text.strip() or f"exit {code}")
    ended = Ended(outcome=Outcome.FAILED, reason=Reason.EXIT, exit_code=code, error=info, error_names=names_of(error))
    return ended, text


def rejected(message: str) -> Ended:
    """The work was done, but what it came to cannot be kept (fault 29). Trying again would not help."""
    info = ErrorInfo(type=Reason.RESULT_REJECTED.value, message=message)
    return Ended(outcome=Outcome.FAILED, reason=Reason.RESULT_REJECTED, error=info)


def veiled(ended: Ended, veil: Veil) -> Ended:
    """The same end, with secrets hidden in its error and its value (attack 34)."""
    error, value = ended.error, ended.value
    if error is not None:
        error = ErrorInfo(type=error.type, message=veil.over_text(error.message))
    if value is not None:
        hide = veil.over_json if value.kind is ValueKind.JSON else veil.over
        value = Value(value.kind, hide(value.data))
    return ended._replace(error=error, value=value)


def json_value(value: Any) -> Value | None:
    """A Python task's return value as JSON. Raises Rejected."""
    if value is None:
        return None
    try:
        write = _PLAIN.get(type(value))
        text = _WRITER.encode(value) if write is None else write(value)
        if write is None and strict_json.too_deep(text):
            raise ValueError(f"it is nested more than {strict_json.DEEPEST} deep")
        data = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Rejected(f"the returned {type(value).__name__} is not JSON: {error}") from error
    except Exception as error:
        raise Rejected(f"the returned {type(value).__name__} is not JSON: {type(error).__name__}") from error
    return Value(ValueKind.JSON, _small_enough(data))


def as_json(value: Value) -> Value:
    """`result = "json"`: what a command printed must be JSON. Raises Rejected."""
    try:
        strict_json.is_readable(value.data.decode())
    except ValueError as error:
        raise Rejected(f'result = "json", but the output is not JSON: {error}') from error
    return Value(ValueKind.JSON, value.data.strip())


def _small_enough(data: bytes) -> bytes:
    if len(data) > MAX_VALUE_BYTES:
        raise Rejected(f"the returned value is {len(data)} bytes as JSON, more than 16 MB")
    return data


def read_retry(text: str, now: datetime) -> float | None:
    """What a job wrote to `$QCTL_RUN_DIR/retry`: a duration or a date. Answers seconds from now; None: neither."""
    text = text.strip()
    try:
        return parse_duration(text)
    except ValueError:
        pass
    try:
        date = datetime.fromisoformat(text)
        if date.tzinfo is None:
            date = date.astimezone()
    except (ValueError, OverflowError):  # the latter for a date whose year no clock reaches
        return None
    return max(0.0, (date - now.astimezone(UTC)).total_seconds())
