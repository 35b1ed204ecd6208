"""What the process of a Python task says about itself, looked at before its slot believes it.

It runs with fewer rights than its slot, and the task's code can write to the socket whatever it likes: lengths that are
none, an outcome that there is not, JSON without an end. What makes no sense is refused whole.
"""

from __future__ import annotations

import math
import struct

from qctl.current import Said
from qctl.engine.processes.reports import length_of_ended, unpack_ended
from qctl.errors import QctlError
from qctl.model import strict_json
from qctl.model.attempt import MAX_VALUE_BYTES, ValueKind
from qctl.model.ended import ErrorInfo, LogSummary
from qctl.model.state import Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.model.ended import Ended

#: Bytes of one message: a value of 16 MB, or a workflow of 500 steps in the job's place.
LARGEST: Final = 64 * 1024 * 1024
_OUTCOMES: Final = frozenset({Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMEOUT, Outcome.CANCELLED, Outcome.SKIPPED})
#: What only those may say who saw the attempt from outside.
_NOT_ITS_OWN: Final = frozenset({Reason.CRASHED, Reason.OOM, Reason.UNKNOWN_TASK, Reason.WORKER_LOST})
_MOST_NAMES: Final = 1000
_MOST_RETRIES: Final = 1 << 31
#: What reading something raises that is not what it should be.
_NONSENSE: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    *(struct.error, QctlError),
)
_NO_LOG: Final = LogSummary()


class Unbelievable(ValueError):
    """A message makes no sense; the text says why."""


def end_in(content: bytes) -> Ended:
    """How such a process says that its attempt has ended, without what its slot measures. Raises Unbelievable."""
    try:
        if len(content) != length_of_ended(content):
            raise Unbelievable("its parts are not as long as it says")
        ended = unpack_ended(content)._replace(log=_NO_LOG, packed_log=b"", cpu_s=0.0, max_rss_bytes=0)
        _check(ended)
    except Unbelievable:
        raise
    except _NONSENSE as error:
        raise Unbelievable(f"it is no record: {error}") from error
    return ended


def progress_in(content: bytes) -> Said:
    """How far such a process says it is. Raises Unbelievable."""
    try:
        said = strict_json.parse(content.decode())
        fraction, text, told = (said[name] for name in Said._fields)
    except _NONSENSE as error:
        raise Unbelievable(f"it is no word of progress: {error}") from error
    if not _is_number(fraction) or not isinstance(text, str | None) or not isinstance(told, str | None):
        raise Unbelievable("it is no word of progress")
    return Said(fraction, text, told)


def _check(ended: Ended) -> None:
    if ended.outcome not in _OUTCOMES or ended.reason in _NOT_ITS_OWN:
        raise Unbelievable(f"no task ends as {ended.outcome}{ended.reason and f' ({ended.reason})'}")
    if (
        not _within(ended.exit_code, 0, 255)
        or not _within(ended.signal, 1, 64)
        or not _within(ended.retries, 0, _MOST_RETRIES)
    ):
        raise Unbelievable("a code, a signal or a number of retries is out of range")
    if not isinstance(ended.asks_again, bool):
        raise Unbelievable("it does not say whether it is to be tried again")
    if len(ended.error_names) > _MOST_NAMES or (ended.outcome is not Outcome.SUCCEEDED and ended.error is None):
        raise Unbelievable("it failed without an error, or with one of a thousand names")
    if ended.value is not None:
        _check_value(ended.value.kind, ended.value.data)


def _check_value(kind: ValueKind, data: bytes) -> None:
    if kind is not ValueKind.JSON or len(data) > MAX_VALUE_BYTES:
        raise Unbelievable("its value is not JSON of at most 16 MB")
    strict_json.is_readable(data.decode())


def _within(number: Any, least: int, most: int) -> bool:
    return number is None or (isinstance(number, int) and not isinstance(number, bool) and least <= number <= most)


def _is_number(number: Any) -> bool:
    """A finite number, or none."""
    return number is None or (
        isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
    )


def claims_a_stop(ended: Ended) -> bool:
    """Whether it says that it was told to stop. If nobody did, it would be run again for ever, at no cost."""
    return ended.outcome in (Outcome.TIMEOUT, Outcome.CANCELLED)


def distrusted(why: str) -> ErrorInfo:
    """The error of an attempt whose process said what makes no sense."""
    message = f"its process said how it ended in a way that is not believed: {why}"
    return ErrorInfo(type=Reason.CRASHED.value, message=message)
