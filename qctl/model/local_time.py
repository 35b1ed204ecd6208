"""An instant as people speak of it: a wall time in a zone, with what had to be decided where clocks jump."""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.dates import UTC, timedelta
from qctl.model.show import duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One instant, in the zone that was meant."""

    at: datetime  #: aware
    note: str = ""  #: what had to be decided for the writer, in one sentence without its full stop

    @property
    def ms(self) -> int:
        """Milliseconds since the epoch."""
        return round(self.at.timestamp() * 1000)

    def echo(self, now: datetime) -> str:
        """Say the instant in full: `Thu 2026-12-24 18:00:00 +01:00 Europe/Berlin (in 32d4h)`."""
        distance = (self.at - now).total_seconds()
        when = "now" if abs(distance) < 1 else duration(abs(distance))
        if when != "now":
            when = f"in {when}" if distance > 0 else f"{when} ago"
        return f"{full(self.at)} ({when})"


def full(at: datetime) -> str:
    """Write an aware date with weekday, offset and zone, so that nobody has to guess."""
    offset = at.isoformat()[-6:] if at.utcoffset() else "+00:00"
    name = zone_name(at.tzinfo)
    return f"{at:%a %Y-%m-%d %H:%M:%S} {offset}" + (f" {name}" if name else "")


def zone_name(zone: tzinfo | None) -> str:
    """The name of a zone in the tz database, `UTC`, or an empty text for a bare offset."""
    if zone is UTC:
        return "UTC"
    return str(getattr(zone, "key", None) or "")


def on_the_clock(wall: datetime, zone: tzinfo) -> Moment:
    """Find the instant at which the clocks of a zone show a naive `wall` time.

    A time that the clocks skip becomes the first instant after the gap, one that they show twice the first of the two:
    as a schedule does (cases D1 and D7). The note says so.
    """
    first, second = wall.replace(tzinfo=zone, fold=0), wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return Moment(at=first)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall:
        later = second.isoformat(timespec="seconds")
        return Moment(at=first, note=f"{wall:%H:%M} comes twice that day; this is the first, the second is {later}")
    after = end_of_gap(second.astimezone(UTC), first.astimezone(UTC), zone)
    return Moment(at=after, note=f"clocks skip {wall:%H:%M} that day; this is the first instant after the gap")


def end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The instant between two UTC times, to the second, from which on the zone has another offset."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.astimezone(zone)
