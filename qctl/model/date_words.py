"""The words of a date, one after the other, and the instant they come to. `when` is its front door."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from qctl.classes import dataclass, replace
from qctl.model.local_time import on_the_clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import Final

    from qctl.model.local_time import Moment


class CannotRead(ValueError):
    """Why a text is no date, in words for its writer."""


WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAMED_DAYS: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}
_NAMED_TIMES: Final = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_FILLERS: Final = frozenset({"at", "on", "the", "of"})
_CLOCK: Final = r"(\d{1,2})(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(am|pm)?"
_ISO_DAY: Final = r"(\d{4})-(\d{1,2})-(\d{1,2})"
_DOTTED_DAY: Final = r"(\d{1,2})\.(\d{1,2})\.(\d{4})?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the words of a date have said so far."""

    day: date | None = None
    clock: time | None = None
    weekday: int | None = None
    month: int | None = None
    number: int | None = None  #: day of the month
    year: int | None = None
    next: bool = False

    @property
    def settled(self) -> bool:
        """Whether one day alone is meant, be it over or not."""
        return self.day is not None or self.year is not None


def read_words(text: str, today: date) -> Parts:
    """Read the words of a date, in lower case and without its zone. Raises CannotRead."""
    parts = Parts()
    for word in _words_of(text):
        parts = _take(parts, word, today)
    return parts


def _words_of(lower: str) -> list[str]:
    joined = re.sub(r"(\d) (am|pm)\b", r"\1\2", lower)
    dated = re.sub(r"^(\d{4}-\d{1,2}-\d{1,2})t(?=\d)", r"\1 ", joined)
    return [word for word in dated.split() if word not in _FILLERS]


def _take(parts: Parts, word: str, today: date) -> Parts:
    """Add what one word says."""
    if word in ("next", "this"):
        return replace(parts, next=word == "next")
    if word in _NAMED_DAYS:
        return _with_day(parts, today + timedelta(days=_NAMED_DAYS[word]))
    if word in _NAMED_TIMES:
        return _with_clock(parts, _NAMED_TIMES[word])
    if (weekday := _index(word, WEEKDAYS)) is not None:
        return replace(parts, weekday=_once(parts.weekday, weekday))
    if (month := _index(word, MONTHS)) is not None:
        return replace(parts, month=_once(parts.month, month + 1))
    if match := re.fullmatch(_ISO_DAY, word):
        return _with_day(parts, day_of(int(match[1]), int(match[2]), int(match[3])))
    if match := re.fullmatch(_DOTTED_DAY, word):
        year = int(match[3]) if match[3] else parts.year
        return replace(parts, number=int(match[1]), month=_once(parts.month, int(match[2])), year=year)
    if "/" in word:
        raise CannotRead(f"{word} is one day in Europe and another in America; write it as 2026-12-24")
    return _take_number(parts, word)


def _take_number(parts: Parts, word: str) -> Parts:
    """A day of the month, a year, or a time of day."""
    plain = re.fullmatch(r"(\d{1,2})(st|nd|rd|th)?", word)
    if plain and (plain[2] or parts.number is None) and _expects_number(parts, plain[2]):
        return replace(parts, number=_once(parts.number, int(plain[1])))
    if re.fullmatch(r"\d{4}", word) and (parts.month or parts.number):
        return replace(parts, year=_once(parts.year, int(word)))
    match = re.fullmatch(_CLOCK, word)
    if match is None:
        raise CannotRead(f"what is {word}?")
    if match[2] is None and match[5] is None:
        raise CannotRead(f"{word} may be an hour or a day; write {word}:00 or the whole date")
    return _with_clock(parts, _clock(match))


def _expects_number(parts: Parts, suffix: str | None) -> bool:
    """A bare number is a day only beside a month's name: `24 dec` begins with it, `dec 24` ends with it."""
    return suffix is not None or parts.month is not None or parts == Parts()


def _clock(match: re.Match[str]) -> time:
    hour, minute, second = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    if match[5]:
        if not 1 <= hour <= 12:
            raise CannotRead(f"there is no {hour} {match[5]}")
        hour = hour % 12 + (12 if match[5] == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise CannotRead(f"there is no {match[0]} on a clock")
    return time(hour, minute, second, int((match[4] or "0")[:6].ljust(6, "0")))


def resolve(parts: Parts, now: datetime, zone: tzinfo, back: bool) -> Moment:
    """Turn what was said into an instant: the next that fits, or with `back` the last."""
    if parts.next and parts.weekday is None:
        raise CannotRead("`next` goes with a weekday, week, day or hour")
    if parts.day is None and parts.weekday is None and parts.month is None and parts.clock is None:
        raise CannotRead("it names no day and no time" if parts.number is None else "it names no month")
    clock = parts.clock or time(0)
    choice: Moment | None = None
    for day in _days(parts, now.date()):
        moment = on_the_clock(datetime.combine(day, clock), zone)
        if parts.settled:
            return moment
        if moment.at > now:
            return choice if back and choice else moment
        choice = moment
    if choice is None or not back:
        raise CannotRead("no such day comes")
    return choice


def _days(parts: Parts, today: date) -> Iterator[date]:
    """The days that fit what was said, in order, from the last one gone to the next to come."""
    if parts.day is not None:
        if parts.weekday not in (None, parts.day.weekday()):
            raise CannotRead(f"{parts.day} is a {WEEKDAYS[parts.day.weekday()].title()}")
        yield parts.day
    elif parts.month is not None:
        yield from _days_of_year(parts, today.year)
    elif parts.weekday is not None:
        ahead = (parts.weekday - today.weekday()) % 7
        first = today + timedelta(days=ahead or 7 if parts.next else ahead)
        yield from (first + timedelta(days=7 * week) for week in ((0, 1) if parts.next else (-1, 0, 1)))
    else:
        yield from (today + timedelta(days=offset) for offset in (-1, 0, 1, 2))


def _days_of_year(parts: Parts, this_year: int) -> Iterator[date]:
    month, number = parts.month or 1, parts.number
    if number is None:
        raise CannotRead("it names a month and no day")
    if parts.year is not None:
        yield day_of(parts.year, month, number)
        return
    day_of(2024, month, number)  # a leap year: what does not exist there never does
    for year in range(this_year - 8, this_year + 9):
        if (month, number) != (2, 29) or _is_leap(year):
            yield date(year, month, number)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def day_of(year: int, month: int, number: int) -> date:
    """A date, or CannotRead saying that there is no such day."""
    try:
        return date(year, month, number)
    except ValueError:
        raise CannotRead(f"there is no {year:04d}-{month:02d}-{number:02d}") from None


def _index(word: str, names: tuple[str, ...]) -> int | None:
    """The place of a name that was written in full or by its first three letters (`tues` and `thurs` too)."""
    if len(word) < 3:
        return None
    found = [place for place, name in enumerate(names) if name.startswith(word.rstrip("."))]
    return found[0] if len(found) == 1 else None


def _once(there: int | None, new: int) -> int:
    if there is not None:
        raise CannotRead("it names two days")
    return new


def _with_day(parts: Parts, day: date) -> Parts:
    if parts.day is not None:
        raise CannotRead("it names two days")
    return replace(parts, day=day)


def _with_clock(parts: Parts, clock: time) -> Parts:
    if parts.clock is not None:
        raise CannotRead("it names two times")
    return replace(parts, clock=clock)
