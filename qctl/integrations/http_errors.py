"""What an error of qctl's is in HTTP: a status, and what a stranger may know of it. No framework is needed for it."""

from __future__ import annotations

from typing import Any, Final

from qctl.client.handle import JobFailed
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
    WaitTimeout,
)
from qctl.model.params import ParameterError

_STATUS: Final[tuple[tuple[tuple[type[QctlError], ...], int], ...]] = (
    ((RedisUnreachable, RedisBusy, LostWhileWaiting, OutcomeUnknown), 503),
    ((NotFound,), 404),
    ((UsageError, ParameterError), 422),
    ((Refused,), 409),
    ((WaitTimeout,), 504),
    ((TryAgain,), 429),
    ((NotPermitted,), 403),
)
#: What is said in place of an error that would tell where the server's Redis is, or how the server is set up.
_UNREACHABLE: Final = "the job server does not answer; try again"
_OUR_FAULT: Final = "the job server cannot do that; what it says itself stands in this program's log"
_TELLS_OF_JOBS: Final = (JobFailed, OutcomeUnknown, WaitTimeout)
RETRY_AFTER: Final = "2"  #: seconds, for the header of 429 and 503


def status_of(error: QctlError) -> int:
    """The HTTP status: 503 if Redis is away, 404 for what there is not, 422 for wrong values, 409 for refused ones, 504
    for a job that was waited for in vain, 500 for one that did not succeed and for what is wrong with the server.
    """
    return next((status for kinds, status in _STATUS if isinstance(error, kinds)), 500)


def body_of(error: QctlError) -> dict[str, Any]:
    """The error as JSON: `error`, and `code`, which `qctl help CODE` explains. Of trouble on our side no detail."""
    if isinstance(error, _TELLS_OF_JOBS):
        job = error.facts.get("id")
        return {"error": str(error), "code": error.code} | ({"id": job} if job else {})
    hidden = {503: _UNREACHABLE, 500: _OUR_FAULT}.get(status_of(error))
    return {"error": hidden or str(error), "code": error.code}
