"""Reading how jobs ended, for figures: the newest ones, and no further than a bound."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from qctl.client.searching import MOST, Extent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.model.ending import Ending
    from qctl.store import Reading

SAMPLE: Final = 1000  #: jobs that figures are made of, where nobody asks for more: a share is told to 3 % or so
_BY_OUTCOME: Final = 1000  #: unsuccessful jobs that are read to count them by their outcomes
_PAGE: Final = 2000


class Sums(NamedTuple):
    """How many jobs have ended, and how many of them without success."""

    ended: int
    unsuccessful: int
    outcomes: Mapping[str, int] = {}  #: of those without success, as far as they were read: an Outcome, and how many


def count_ended(reading: Reading, since_ms: int | None, until_ms: int | None, *, by_outcome: bool = False) -> Sums:
    """Count them in an interval, unread: workflows, and the jobs that they are made of.

    `by_outcome` reads how those ended that did not succeed, as far as 1,000 of them.
    """
    ended = reading.past(since_ms=since_ms, until_ms=until_ms).total
    if not by_outcome:
        return Sums(ended, reading.past(unsuccessful=True, since_ms=since_ms, until_ms=until_ms).total)
    found, extent = read_endings(reading, since_ms, _BY_OUTCOME, until_ms=until_ms, unsuccessful=True)
    return Sums(ended, extent.total, Counter(each.outcome for each in found))


def read_endings(
    reading: Reading,
    since_ms: int | None,
    most: int = MOST,
    *,
    until_ms: int | None = None,
    unsuccessful: bool = False,
) -> tuple[list[Ending], Extent]:
    """How jobs ended in an interval, newest first, and how far was read. `unsuccessful` reads no others' index."""
    past = reading.past(unsuccessful=unsuccessful, since_ms=since_ms, until_ms=until_ms, first=min(_PAGE, most))
    extent = Extent(total=past.total, bound=most)
    found: list[Ending] = []
    while extent.read < most and (page := past.page(min(_PAGE, most - extent.read))):
        extent.read += len(page)
        found += reading.endings(page)
    extent.cut = extent.read >= most and past.page(1) != []
    return found, extent


def read_or_sample(reading: Reading, since_ms: int | None, newest: int | None) -> tuple[list[Ending], Extent]:
    """How so many of the newest jobs ended since an instant; without a number SAMPLE of them, spread over the time."""
    if newest is not None:
        return read_endings(reading, since_ms, newest)
    ids, total = reading.sample(SAMPLE, since_ms)
    return reading.endings(ids), Extent(read=len(ids), total=total, bound=SAMPLE, cut=len(ids) < total)
