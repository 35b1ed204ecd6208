"""Whether a job runs in this very process and context, at the call: as `apply()` and tests let it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

#: What lets the job run that runs here; None outside of one.
within: Final[ContextVar[object]] = ContextVar("qctl_inline_room", default=None)


def runs_a_job() -> bool:
    """Whether one runs here."""
    return within.get() is not None
