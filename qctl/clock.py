"""The clocks that are read, in one place, so that a test can hand in its own.

Decisions take `now` as an argument; only engines and interfaces ask a clock.
"""

from __future__ import annotations

import time

from qctl.dates import UTC, datetime


def monotonic() -> float:
    """Seconds on a clock that no one sets: for limits, leases and waits."""
    return time.monotonic()


def asleep() -> float:
    """Seconds for which this machine has been suspended since its start, which `monotonic` does not count."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


def now() -> datetime:
    """This machine's wall clock, with zone UTC: for what people read."""
    return datetime.now(UTC)


def rfc3339(milliseconds: int) -> str:
    """Write an instant in ms since the epoch as RFC 3339 in UTC: `2026-11-22T13:50:05.112Z`."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def pause(seconds: float) -> None:
    """Let time pass, where there is nothing to be woken by. Where this process's wall clock was set, it may not."""
    try:
        time.sleep(seconds)
    except OSError:  # the end of the sleep is an instant, which whoever fakes a clock may take for one of the past
        return
