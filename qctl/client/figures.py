"""Reading how jobs ended, for figures: the newest ones, and no further than a bound."""

from __future__ import annotations

from typing import Final, NamedTuple

from qctl.client.searching import MOST, Extent
from qctl.model.ending import Ending
from qctl.store import Reading

_PAGE: Final = 2000


class Sums(NamedTuple):
    """How many jobs have ended, and how many of them without success."""

    ended: int
    unsuccessful: int


def count_ended(reading: Reading, since_ms: int | None, until_ms: int | None) -> Sums:
    """Count them in an interval, unread: workflows, and the jobs that they are made of."""
    ended = reading.past(since_ms=since_ms, until_ms=until_ms).total
    return Sums(ended, reading.past(unsuccessful=True, since_ms=since_ms, until_ms=until_ms).total)


def read_endings(
    reading: Reading, since_ms: int | None, most: int = MOST, *, unsuccessful: bool = False
) -> tuple[list[Ending], Extent]:
    """How jobs ended since an instant, newest first, and how far was read. `unsuccessful` reads no others' index."""
    past = reading.past(unsuccessful=unsuccessful, since_ms=since_ms)
    extent = Extent(total=past.total, bound=most)
    found: list[Ending] = []
    while extent.read < most and (page := past.page(min(_PAGE, most - extent.read))):
        extent.read += len(page)
        found += reading.endings(page)
    extent.cut = extent.read >= most and past.page(1) != []
    return found, extent
