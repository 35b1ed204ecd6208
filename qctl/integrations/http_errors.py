"""What an error of qctl's is in HTTP: a status, and what a stranger may know of it. No framework is needed for it."""

from __future__ import annotations

from typing import Any, Final

from qctl.client.waiting import LostWhileWaiting
from qctl.errors import (
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    QctlError,
    RedisBusy,
    RedisUnreachable,
    Refused,
    TryAgain,
    UsageError,
)
from qctl.model.params import ParameterError

_STATUS: Final[tuple[tuple[tuple[type[QctlError], ...], int], ...]] = (
    ((RedisUnreachable, RedisBusy, LostWhileWaiting, OutcomeUnknown), 503),
    ((NotFound,), 404),
    ((UsageError, ParameterError), 422),
    ((Refused,), 409),
    ((TryAgain,), 429),
    ((NotPermitted,), 403),
)
#: What is said in place of an error that would tell where the server's Redis is.
_UNREACHABLE: Final = "the job server does not answer; try again"
RETRY_AFTER: Final = "2"  #: seconds, for the header of 429 and 503


def status_of(error: QctlError) -> int:
    """The HTTP status: 503 if Redis is away, 404 for what there is not, 422 for wrong values, 409 for refused ones."""
    return next((status for kinds, status in _STATUS if isinstance(error, kinds)), 500)


def body_of(error: QctlError) -> dict[str, Any]:
    """The error as JSON: `error`, and `code`, which `qctl help CODE` explains. Of trouble on our side no detail."""
    if isinstance(error, OutcomeUnknown):
        return {"error": str(error), "code": error.code, "id": error.facts.get("id")}
    inner = status_of(error) >= 500
    return {"error": _UNREACHABLE if inner else str(error), "code": error.code}
