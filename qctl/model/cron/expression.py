"""A cron expression, read: five fields, six with seconds first, or a nickname."""

from __future__ import annotations

import re

from qctl.classes import dataclass, field
from qctl.model.cron.days import day_rules
from qctl.model.cron.errors import CronError
from qctl.model.cron.fields import FIELDS
from qctl.model.cron.instants import first_passes, shown_times
from qctl.model.cron.parts import Pattern, read_field
from qctl.model.cron.walls import matching, track
from qctl.model.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime, tzinfo
    from typing import Final

    from qctl.model.cron.days import DayRule
    from qctl.model.cron.due import Due
    from qctl.model.cron.walls import Track

MAX_LENGTH: Final = 1000  #: characters
NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_OF_NO_CLOCK: Final = ("@reboot", "@start")  #: what a schedule may be and an expression is not
_ORDER: Final = "minute hour day-of-month month day-of-week, with a field of seconds before them if there are six"
_FIELD: Final = re.compile(r"[^ \t\r\n\f\v]+")  # not Unicode's blanks, which cron takes for letters
_ON_THE_MINUTE: Final = Pattern("0", "0", frozenset({0}))


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression that comes true at some time. Made by `parse_cron`."""

    text: str  #: as written, with one blank between fields
    shown: str  #: the same with H and ~ resolved
    wildcard: bool  #: it follows the clock at every matching minute, rather than once for each of its times
    second: frozenset[int] = field(repr=False)
    minute: frozenset[int] = field(repr=False)
    hour: frozenset[int] = field(repr=False)
    month: frozenset[int] = field(repr=False)
    days: tuple[DayRule, ...] = field(repr=False)  #: of which a day satisfies one
    tracks: tuple[Track, ...] = field(repr=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Its fields as written, of a nickname those that it stands for."""
        return tuple(NICKNAMES.get(self.text, self.text).split())

    def on(self, day: date) -> bool:
        """Whether it is due on a day of the calendar."""
        return day.month in self.month and any(rule.fits(day) for rule in self.days)

    def walls(self, after: datetime) -> Iterator[datetime]:
        """The naive local times that match, strictly after one, in order, until the year 9999 ends."""
        return matching(self.tracks, after)

    def upcoming(self, after_ms: int, zone: tzinfo) -> Iterator[Due]:
        """The instants at which it is due in a zone, strictly after one, in order, until the year 9999 ends.

        A fixed time that the clocks skip is due at the first instant after the gap, and one that they show twice at
        the first; a wildcard is due at every matching minute that they show (D1 to D11).
        """
        meaning = shown_times if self.wildcard else first_passes
        return meaning(self.walls, after_ms, zone)


def parse_cron(text: str, seed: str = "") -> Cron:
    """Read an expression. `seed` decides what `H` and `~` stand for: the same seed, the same value, everywhere.

    Raises CronError for what cannot be read, what cron would silently never fire (E11, E13), what never comes (E16).
    """
    if len(text) > MAX_LENGTH:
        raise CronError(f"it is longer than {MAX_LENGTH} characters")
    written = _FIELD.findall(text)
    name = written[0] if written and written[0].startswith("@") else ""
    words = _nickname(text, written) if name else written
    if len(words) not in (5, 6):
        note = "a year cannot be given, and a job's user is its task's `user`" if len(words) > 6 else _ORDER
        raise CronError(f"it has {len(words)} field{'s' * (len(words) != 1)}, not 5 or 6", note=note)
    patterns = _patterns(text, words, seed)
    second, minute, hour, of_month, month, of_week = [_ON_THE_MINUTE, *patterns][-6:]
    rules = [rule for rule in day_rules(of_month, of_week) if rule.ever_fits(month.values)]
    if not rules:
        raise _never(text, of_month, month, of_week)
    times = (second.values, minute.values, hour.values)
    return Cron(
        text=name or " ".join(words),
        shown=name or " ".join(pattern.shown for pattern in patterns),
        wildcard=minute.starred or hour.starred,
        second=second.values,
        minute=minute.values,
        hour=hour.values,
        month=month.values,
        days=tuple(rules),
        tracks=tuple(track(times, month.values, rule) for rule in rules),
    )


def _nickname(text: str, words: Sequence[str]) -> list[str]:
    name = words[0]
    if len(words) > 1:
        raise CronError(f"nothing may follow `{name}`", meant=words[1], before=_before(text, 1, words[1]))
    if name in _OF_NO_CLOCK:
        raise CronError(f"`{name}` is due at no time that can be told", meant=name)
    if name not in NICKNAMES:
        known = (*NICKNAMES, *_OF_NO_CLOCK)
        note = f"there are {' '.join(known)} and `every 90m`"
        raise CronError(f"`{name}` is not known{did_you_mean(name, known)}", note=note, meant=name)
    return NICKNAMES[name].split()


def _patterns(text: str, words: Sequence[str], seed: str) -> list[Pattern]:
    """What each field says."""
    read: list[Pattern] = []
    try:
        for kind, word in zip(FIELDS[-len(words) :], words, strict=True):
            read.append(read_field(kind, word, seed))
    except CronError as error:
        error.before = _before(text, len(read), error.meant)
        if len(words) == 6:
            error.note = "; ".join(filter(None, [error.note, "of six fields the first is seconds"]))
        raise
    return read


def _before(text: str, place: int, piece: str) -> str:
    """The text up to a piece of one of its fields."""
    start = [found.start() for found in _FIELD.finditer(text)][place]
    return text[: text.index(piece, start)]


def _never(text: str, of_month: Pattern, month: Pattern, of_week: Pattern) -> CronError:
    days = f"day of month `{of_month.text}`" if of_month.text != "*" else f"day of week `{of_week.text}`"
    also = f" on day of week `{of_week.text}`" if of_month.text != "*" and of_week.text != "*" else ""
    when = f" in month `{month.text}`" if month.text != "*" else ""
    note = "the last day of a month is `L`" if of_month.values else ""
    place, meant = (-3, of_month.text) if of_month.text != "*" else (-1, of_week.text)
    before = _before(text, place, meant)
    return CronError(f"it never fires: {days}{also} never comes{when}", note=note, meant=meant, before=before)
