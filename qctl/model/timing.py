"""When a schedule is due: by a cron expression, at a distance, once, at a boot of its host, or at a start of beat."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.model.cron import Due, interval_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import Final

    from qctl.model.cron import Cron

REBOOT: Final = "@reboot"
START: Final = "@start"
_EVERY: Final = re.compile(r"@?every\s+(\S.*)")


def period_of(text: str) -> str | None:
    """The duration in `every 90m` as it is written there; None: the text is none of these."""
    found = _EVERY.fullmatch(text.strip())
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class ByCron:
    """At the instants of an expression, in the schedule's zone."""

    cron: Cron

    @property
    def shown(self) -> str:
        return self.cron.shown

    def upcoming(self, after_ms: int, zone: tzinfo, origin_ms: int) -> Iterator[Due]:
        """Instants after one, in order. `origin_ms` is nothing to it."""
        del origin_ms
        return self.cron.upcoming(after_ms, zone)


@dataclass(frozen=True, slots=True)
class Every:
    """At whole multiples of a distance after the schedule's origin: the instant at which it came to be (E28)."""

    period_ms: int
    text: str  #: as written: `90m`

    @property
    def shown(self) -> str:
        return f"every {self.text}"

    def upcoming(self, after_ms: int, zone: tzinfo, origin_ms: int) -> Iterator[Due]:
        """Instants after one, in order, without end."""
        del zone
        at = origin_ms + max(1, (after_ms - origin_ms) // self.period_ms + 1) * self.period_ms
        while True:
            yield Due(at)
            at += self.period_ms


@dataclass(frozen=True, slots=True)
class Once:
    """At one instant."""

    at_ms: int
    text: str  #: as written
    note: str = ""  #: what had to be decided where clocks jump

    @property
    def shown(self) -> str:
        return f"at {self.text}"

    def upcoming(self, after_ms: int, zone: tzinfo, origin_ms: int) -> Iterator[Due]:
        """That instant, if it is after one."""
        del zone, origin_ms
        if self.at_ms > after_ms:
            yield Due(self.at_ms, note=self.note)


@dataclass(frozen=True, slots=True)
class OnEvent:
    """Not by the clock: REBOOT, once for each boot of its host (O1), or START, at each start of a beat (O3)."""

    shown: str

    def upcoming(self, after_ms: int, zone: tzinfo, origin_ms: int) -> Iterator[Due]:
        """None: nobody can tell beforehand."""
        del after_ms, zone, origin_ms
        return iter(())


def least_interval_ms(timing: Timing) -> int | None:
    """The least distance between two instants, in ms; None: there are no two that could be told."""
    match timing:
        case ByCron(cron):
            return interval_ms(cron)
        case Every(period_ms):
            return period_ms
    return None


Timing = ByCron | Every | Once | OnEvent
