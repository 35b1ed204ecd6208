"""The instants that one plan is about."""

from __future__ import annotations

from itertools import islice, takewhile

from qctl.classes import dataclass
from qctl.model.schedule import MOST_CAUGHT_UP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from qctl.model.cron import Due

MOST_DUES: Final = 1000  #: instants in one plan; more go on in the next (C14)


@dataclass(frozen=True, slots=True)
class Taken:
    """Instants that are over, oldest first."""

    dues: tuple[Due, ...]
    more: bool  #: later ones are over as well: none of these is among the newest


def take_dues(upcoming: Iterator[Due], until_ms: int) -> Taken:
    """Of the instants that come, those up to a time.

    Where there are too many for one plan, those that any catch-up could want are left for the last one.
    """
    found = tuple(islice(takewhile(lambda due: due.ms <= until_ms, upcoming), MOST_DUES + MOST_CAUGHT_UP))
    if len(found) <= MOST_DUES:
        return Taken(found, more=False)
    return Taken(found[: len(found) - MOST_CAUGHT_UP], more=True)
