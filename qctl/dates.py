"""Dates as the interpreter has them: what the library writes in Python beside that takes a millisecond to import."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import UTC, datetime, timedelta, tzinfo
else:
    from _datetime import datetime, timedelta, timezone, tzinfo

    UTC = timezone.utc

__all__ = ["UTC", "datetime", "timedelta", "tzinfo"]
