"""The time and the memory that an input may cost: a second of the processor, and 100 MB."""

from __future__ import annotations

import resource
import signal
from types import FrameType

from tests.fuzz.target import Target

SECONDS = 1.0  #: of the processor, for 64 KB
LARGE = 64 * 1024
MEMORY = 100 * 1024  #: KB that the peak of this process may grow by


class TooSlow(AssertionError):
    """An input kept a target busy for longer than a second."""


class TooLarge(AssertionError):
    """An input made this process grow by more than 100 MB."""


def run_within_bounds(target: Target, data: bytes) -> None:
    """Run a target. Raises TooSlow, TooLarge, and what the target raises.

    The processor's time is what counts: of the machine's others may have any. Needs the main thread.
    """

    def too_slow(number: int, frame: FrameType | None) -> None:
        raise TooSlow(f"{target.name}: {len(data):,} bytes took more than {SECONDS} s, {data[:60]!r}…")

    before = signal.signal(signal.SIGVTALRM, too_slow)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        target.run(data)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    if grown > MEMORY:
        raise TooLarge(f"{target.name}: {len(data):,} bytes took {grown / 1024:.0f} MB, {data[:60]!r}…")
