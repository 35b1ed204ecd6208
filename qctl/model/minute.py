"""What the counters of a minute say: how jobs ended, how long they had waited, and what came into and out of queues.

Scripts count by name: `OUTCOME:TASK`, `in:QUEUE`, `out:QUEUE`, `wait:BUCKET` for each job as it is begun, where
BUCKET is `floor(4 * log2(ms))`, and `again:MINUTE` for each that had failed in that minute, and runs again by hand.
"""

from __future__ import annotations

from qctl.model.state import FAILURES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence
    from typing import Final

    Counts = Mapping[str, int]

MINUTE_MS: Final = 60_000
LATELY: Final = 5  #: minutes that rates are taken over, the one that runs among them
_PER_DOUBLING: Final = 4  #: buckets of waits from one power of two to the next


def ended(counts: Counts, outcomes: Container[str]) -> int:
    """How many jobs ended in one of these ways."""
    return sum(number for name, number in counts.items() if name.partition(":")[0] in outcomes)


def failed(counts: Counts) -> int:
    """How many jobs failed, ran out of time or were lost."""
    return ended(counts, FAILURES)


def failed_within(minutes: Mapping[int, Counts]) -> int:
    """How many jobs failed, ran out of time or were lost, as the counters of these minutes since the epoch tell.

    One that runs again by hand counts if it fails again.
    """
    return max(0, sum(failed(counts) - _begun_again(counts, minutes) for counts in minutes.values()))


def _begun_again(counts: Counts, minutes: Container[int]) -> int:
    """How many that had failed in one of these minutes began again by hand in the one that is counted here."""
    again = _by_name([counts], "again")
    return sum(number for minute, number in again.items() if minute.isdecimal() and int(minute) in minutes)


def into(minutes: Iterable[Counts]) -> dict[str, int]:
    """By queue, how many jobs came in: again if retried by hand, and not if they try again by themselves."""
    return _by_name(minutes, "in")


def out_of(minutes: Iterable[Counts]) -> dict[str, int]:
    """By queue, how many jobs ended, however they did."""
    return _by_name(minutes, "out")


def rates(lately: Sequence[Counts], now_ms: int) -> tuple[dict[str, float], dict[str, float]]:
    """By queue, how many jobs a minute came in and went out, of the last LATELY minutes, in the middle of the last."""
    passed = LATELY - 1 + now_ms % MINUTE_MS / MINUTE_MS
    came, went = ({queue: number / passed for queue, number in of(lately).items()} for of in (into, out_of))
    return came, went


def wait_p95_ms(minutes: Iterable[Counts]) -> int | None:
    """What 95 of 100 jobs that were begun had waited at most, to a tenth, in ms; None if none was."""
    waits = sorted((int(name), number) for name, number in _by_name(minutes, "wait").items() if name.isdecimal())
    left = -(-sum(number for _, number in waits) * 95 // 100)
    for bucket, number in waits:
        left -= number
        if left <= 0:
            return round(2 ** ((bucket + 0.5) / _PER_DOUBLING))
    return None


def _by_name(minutes: Iterable[Counts], what: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in minutes:
        for counter, number in counts.items():
            kind, _, name = counter.partition(":")
            if kind == what:
                found[name] = found.get(name, 0) + number
    return found
