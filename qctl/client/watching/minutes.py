"""What came of jobs, minute by minute: the minutes that are over are read once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from qctl.client.watching.snapshot import Rates
from qctl.clock import monotonic
from qctl.model.ending import Ending
from qctl.model.error_groups import FAILURES
from qctl.model.tally import percentile
from qctl.store import Queue, Reading

MINUTES: Final = 60
_DAY: Final = 1440
_MINUTE_MS: Final = 60_000
_EVERY_S: Final = 10.0  #: seconds between two readings
_SAMPLE: Final = 1000  #: ended jobs that one reading looks at, for their waits and queues
_LATELY: Final = 5  #: minutes that the rates of queues are taken over


class Minutes:
    """Counters of the last day, and a sample of the last hour's ended jobs."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._counts: dict[int, Mapping[str, int]] = {}
        self._ended: deque[Ending] = deque(maxlen=10 * _SAMPLE)
        self._read_until_ms = 0
        self._next = 0.0
        self.failed_last_day = 0
        self._depths: deque[tuple[int, Mapping[str, int]]] = deque()

    def read(self, now_ms: int) -> None:
        """Read what is new, if it is time to. Raises QctlError."""
        if monotonic() < self._next:
            return
        minute = now_ms // _MINUTE_MS
        newest = max(self._counts, default=minute - _DAY)
        wanted = range(max(newest, minute - _DAY + 1), minute + 1)  # the newest that is known was not over
        self._counts |= dict(zip(wanted, self._reading.counts(wanted), strict=True))
        self._counts = {at: counts for at, counts in self._counts.items() if at > minute - _DAY}
        self.failed_last_day = sum(map(_failed, self._counts.values()))
        self._sample(now_ms)
        self._next = monotonic() + _EVERY_S

    def _sample(self, now_ms: int) -> None:
        since = max(self._read_until_ms, now_ms - MINUTES * _MINUTE_MS)
        ids = self._reading.past(since_ms=since, until_ms=now_ms).page(_SAMPLE)
        self._ended.extend(reversed(self._reading.endings(ids)))
        self._read_until_ms = now_ms
        while self._ended and self._ended[0].ended_ms < now_ms - MINUTES * _MINUTE_MS:
            self._ended.popleft()

    def rates(self, now_ms: int, queues: Iterable[Queue]) -> Rates:
        """The last hour, and how much went into and out of queues lately."""
        minute = now_ms // _MINUTE_MS
        hour = [self._counts.get(at, {}) for at in range(minute - MINUTES + 1, minute + 1)]
        out = self._ended_per_minute(now_ms)
        return Rates(
            succeeded=tuple(_of(counts, "succeeded") for counts in hour),
            failed=tuple(map(_failed, hour)),
            wait_p95_ms=tuple(self._waits(minute)),
            enqueued_per_minute=self._enqueued_per_minute(now_ms, queues, out),
            ended_per_minute=out,
        )

    def _waits(self, minute: int) -> Iterable[int | None]:
        waits: dict[int, list[int]] = {}
        for one in self._ended:
            if one.wait_ms is not None:
                waits.setdefault(one.ended_ms // _MINUTE_MS, []).append(one.wait_ms)
        return (percentile(sorted(waits.get(at, ())), 95) for at in range(minute - MINUTES + 1, minute + 1))

    def _ended_per_minute(self, now_ms: int) -> Mapping[str, float]:
        """By queue. Where more have ended than were looked at, in proportion to those that were."""
        lately = [one for one in self._ended if one.ended_ms > now_ms - _LATELY * _MINUTE_MS]
        minute = now_ms // _MINUTE_MS
        counted = sum(sum(self._counts.get(at, {}).values()) for at in range(minute - _LATELY + 1, minute + 1))
        factor = max(1.0, counted / len(lately)) if len(lately) >= _SAMPLE else 1.0
        return {queue: factor * number / _LATELY for queue, number in Counter(one.queue for one in lately).items()}

    def _enqueued_per_minute(
        self, now_ms: int, queues: Iterable[Queue], out: Mapping[str, float]
    ) -> Mapping[str, float]:
        """By queue: what went out, and by how much it has grown since this began to look, at most five minutes ago."""
        depths = {queue.name: queue.ready + queue.running + queue.scheduled + queue.parked for queue in queues}
        self._depths.append((now_ms, depths))
        while now_ms - self._depths[0][0] > _LATELY * _MINUTE_MS:
            self._depths.popleft()
        then_ms, then = self._depths[0]
        minutes = max(1.0, (now_ms - then_ms) / _MINUTE_MS)
        return {
            name: max(0.0, out.get(name, 0.0) + (depth - then.get(name, 0)) / minutes) for name, depth in depths.items()
        }


def _of(counts: Mapping[str, int], *outcomes: str) -> int:
    return sum(number for name, number in counts.items() if name.partition(":")[0] in outcomes)


def _failed(counts: Mapping[str, int]) -> int:
    return _of(counts, *FAILURES)
