"""Whether this worker may still trust that what it runs is its own.

The lease belongs to the worker. It counts from *before* a heartbeat was sent, on the monotonic clock: whatever
delays an answer (a silent Redis, a stopped process, a half-open connection) shortens the trust, never lengthens it.
That clock stands still while the machine is suspended, so whoever sees that it was tells how long.
"""

from __future__ import annotations

import math

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

LEASE: Final = 30.0  #: seconds; others may take this worker's jobs when it was silent for longer
RENEWALS: Final = 4  #: heartbeats in one lease
MARGIN: Final = 0.1  #: part of the lease that is not relied upon: the time that stopping takes


class Lease:
    """The trust window of one worker."""

    def __init__(self, length: float, now: float) -> None:
        self.length = length
        self._trusted_until = self._heard_at = now
        self._due = math.inf  # until the worker is registered, and hurries
        self._woke_at = -math.inf

    def trusted(self, now: float) -> bool:
        """Whether new work may be claimed."""
        return now < self._trusted_until

    @property
    def ends(self) -> float:
        """When trust ends, unless a heartbeat is answered before."""
        return self._trusted_until

    def silent(self, now: float) -> float:
        """Seconds since the last heartbeat that was answered was sent."""
        return now - self._heard_at

    def renewed(self, sent: float) -> None:
        """A heartbeat that was sent at this time has been answered, and the worker is known."""
        if sent < self._woke_at:
            return
        self._heard_at = max(self._heard_at, sent)
        self._trusted_until = max(self._trusted_until, sent + self.length * (1 - MARGIN))

    def slept(self, seconds: float, now: float) -> None:
        """The machine was suspended for so long until now. What was sent before renews nothing any more."""
        self._heard_at -= seconds
        self._trusted_until -= seconds
        self._woke_at = now
        self.hurry(now)

    def next_due(self) -> float:
        """When the next heartbeat is to be sent."""
        return self._due

    def sent(self, now: float, part: float = 1.0) -> None:
        """A heartbeat is on its way. The next one follows after the whole of its time or, with jitter, a part."""
        self._due = now + part * self.length / RENEWALS

    def begin(self, now: float) -> None:
        """The worker is registered: from now on there are heartbeats."""
        self._due = now

    def hurry(self, at: float) -> None:
        """Send a heartbeat at this time already, if there are heartbeats at all."""
        if not math.isinf(self._due) or self._due < 0:
            self._due = min(self._due, at)
