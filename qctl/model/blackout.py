"""Windows in which a schedule must not start: `22:00-06:00`, `sat`, `mon-fri 08:00-18:00`, `2026-12-24..2026-12-26`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo
    from typing import Final

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXAMPLES: Final = '"22:00-06:00", "sat", "mon-fri 08:00-18:00", "2026-12-24..2026-12-26"'
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")
_ONE_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = 24 * 60


class BadWindow(ValueError):
    """What is wrong with a window; `meant` is the piece to point at."""

    def __init__(self, message: str, meant: str) -> None:
        super().__init__(message)
        self.meant = meant


@dataclass(frozen=True, slots=True)
class Window:
    """Some days, and a part of each. What goes past midnight belongs to the day on which it begins."""

    text: str
    weekdays: frozenset[int] = frozenset(range(7))  #: 0 is Monday
    days: tuple[date, date] | None = None  #: the first and the last
    begin: int = 0  #: minutes since midnight
    end: int = _MIDNIGHT  #: the first minute that is not in it; before `begin`: on the next day

    def covers(self, wall: datetime) -> bool:
        """Whether a local time lies in it."""
        minute = wall.hour * 60 + wall.minute
        if self.begin < self.end:
            return self._is_on(wall.date()) and self.begin <= minute < self.end
        if minute >= self.begin:
            return self._is_on(wall.date())
        return minute < self.end and self._is_on(wall.date() - _ONE_DAY)

    def _is_on(self, day: date) -> bool:
        if self.days is not None and not self.days[0] <= day <= self.days[1]:
            return False
        return day.weekday() in self.weekdays


@lru_cache(maxsize=1024)
def read_window(text: str) -> Window:
    """Read a window. Raises BadWindow."""
    words = text.lower().split()
    if not 1 <= len(words) <= 2:
        raise BadWindow(f"`{text}` is no window of time", text)
    weekdays, days, begin, end = frozenset(range(7)), None, 0, _MIDNIGHT
    for place, word in enumerate(words):
        if ":" in word and place == len(words) - 1:
            begin, end = _times(word)
        elif place > 0:
            raise BadWindow(f"`{word}` is no window of a day: write it as 08:00-18:00", word)
        elif word[0].isdigit():
            days = _dates(word)
        else:
            weekdays = _weekdays(word)
    return Window(text, weekdays, days, begin, end)


def covering(windows: Iterable[str], zone: tzinfo, at_ms: int) -> str:
    """The window in which an instant lies, by the clocks of a zone; empty if it lies in none."""
    wall = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    return next((text for text in windows if read_window(text).covers(wall)), "")


def _times(word: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(word)
    if match is None:
        raise BadWindow(f"`{word}` is no window of a day: write it as 22:00-06:00", word)
    begin, end = _minute(match[1], match[2], word), _minute(match[3], match[4], word)
    if begin in (end, _MIDNIGHT):
        raise BadWindow(f"`{word}` ends where it begins", word)
    return begin, end


def _minute(hour: str, minute: str, word: str) -> int:
    if (int(hour), int(minute)) == (24, 0):
        return _MIDNIGHT
    try:
        found = time(int(hour), int(minute))
    except ValueError:
        raise BadWindow(f"`{hour}:{minute}` in `{word}` is no time of day", word) from None
    return found.hour * 60 + found.minute


def _dates(word: str) -> tuple[date, date]:
    match = _DATES.fullmatch(word)
    if match is None:
        raise BadWindow(f"`{word}` is no date: write it as 2026-12-24 or 2026-12-24..2026-12-26", word)
    try:
        first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
    except ValueError:
        raise BadWindow(f"there is no such date as in `{word}`", word) from None
    if last < first:
        raise BadWindow(f"`{word}` ends before it begins", word)
    return first, last


def _weekdays(word: str) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        first, dash, last = part.partition("-")
        for name in (first, last) if dash else (first,):
            if name not in WEEKDAYS:
                raise BadWindow(f"`{name}` is no day of the week: {' '.join(WEEKDAYS)}", word)
        begin = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - begin) % 7 if dash else 0
        found |= {(begin + day) % 7 for day in range(length + 1)}
    return frozenset(found)
