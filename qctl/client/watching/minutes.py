"""What came of jobs, minute by minute: the minutes that are over are read once."""

from __future__ import annotations

from qctl.client.watching.snapshot import Rates
from qctl.clock import monotonic
from qctl.model.minute import LATELY, MINUTE_MS, ended, failed, failed_within, rates, wait_p95_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.minute import Counts
    from qctl.store import Reading

MINUTES: Final = 60
_DAY: Final = 1440
_EVERY_S: Final = 10.0  #: seconds between two readings


class Minutes:
    """The counters of the last day."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._counts: dict[int, Counts] = {}
        self._next = 0.0
        self.failed_last_day = 0
        self._rates: Rates | None = None

    def read(self, now_ms: int) -> Rates:
        """The last hour, and how much came into and out of queues lately, some seconds old. Raises QctlError."""
        if self._rates is None or monotonic() >= self._next:
            self._read_new(now_ms // MINUTE_MS)
            self._rates = self._made(now_ms)
            self._next = monotonic() + _EVERY_S
        return self._rates

    def _read_new(self, minute: int) -> None:
        newest = max(self._counts, default=minute - _DAY)
        wanted = range(max(newest, minute - _DAY + 1), minute + 1)  # the newest that is known was not over
        self._counts |= dict(zip(wanted, self._reading.counts(wanted), strict=True))
        self._counts = {at: counts for at, counts in self._counts.items() if minute - _DAY < at <= minute}
        self.failed_last_day = failed_within(self._counts)

    def _made(self, now_ms: int) -> Rates:
        minute = now_ms // MINUTE_MS
        hour = [self._counts.get(at, {}) for at in range(minute - MINUTES + 1, minute + 1)]
        came, went = rates(hour[-LATELY:], now_ms)
        return Rates(
            succeeded=tuple(ended(counts, ("succeeded",)) for counts in hour),
            failed=tuple(map(failed, hour)),
            wait_p95_ms=tuple(wait_p95_ms([counts]) for counts in hour),
            enqueued_per_minute=came,
            ended_per_minute=went,
        )
