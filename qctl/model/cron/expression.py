"""A cron expression, read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from croniter import croniter

from qctl.model.cron.due import Due


class CronError(ValueError):
    """What is wrong with an expression. `note` is a hint, `meant` the piece of the text to point at."""

    def __init__(self, message: str, note: str = "", meant: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.note = note
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that can come true."""

    text: str

    @property
    def wildcard(self) -> bool:
        """Whether it follows the clock at every matching minute, rather than once for each of its times."""
        return any(field.startswith("*") for field in self.text.split()[-5:-3])

    def upcoming(self, after_ms: int, zone: tzinfo) -> Iterator[Due]:
        """The instants at which it is due, strictly after one, in order."""
        start = datetime.fromtimestamp(after_ms / 1000, UTC).astimezone(zone).replace(tzinfo=None)
        walls = croniter(self.text, start, implement_cron_bug=True, second_at_beginning=True)
        last = after_ms
        while True:
            wall = walls.get_next(datetime)
            ms = _ms(wall, zone)
            if ms > last:
                yield Due(ms, (wall,))
                last = ms


def _ms(wall: datetime, zone: tzinfo) -> int:
    return round(wall.replace(tzinfo=zone).timestamp() * 1000)


def parse_cron(text: str, seed: str = "") -> Cron:
    """Read an expression; `seed` decides what `H` and `~` stand for. Raises CronError."""
    del seed
    if not croniter.is_valid(text, second_at_beginning=True):
        raise CronError("bad cron expression", meant=text)
    return Cron(text)
