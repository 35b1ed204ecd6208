"""A clock that moves only when a test says so, in the shape of `qctl.clock`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands where `qctl.clock` would: `monotonic()` in seconds, `now()` as a datetime in UTC, both moved together."""

    def __init__(self, now: datetime | str = "2026-11-22T13:50:00+00:00") -> None:
        start = datetime.fromisoformat(now) if isinstance(now, str) else now
        self._now = start.astimezone(UTC)
        self._monotonic = 1000.0

    def monotonic(self) -> float:
        """Seconds since no particular moment."""
        return self._monotonic

    def now(self) -> datetime:
        """The wall clock."""
        return self._now

    def milliseconds(self) -> int:
        """The wall clock as ms since the epoch, as the store writes it."""
        return round(self._now.timestamp() * 1000)

    def advance(self, seconds: float) -> float:
        """Let `seconds` pass on both clocks and return the new monotonic time."""
        self._monotonic += seconds
        self._now += timedelta(seconds=seconds)
        return self._monotonic
