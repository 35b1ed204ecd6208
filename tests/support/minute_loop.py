"""An independent port of cron's minute loop: when Debian's cron 3.0pl1 starts each line of a crontab.

Written from the daemon's behaviour (cron.c: wake-ups, virtualTime, jumps; entry.c: how fields are read), to compare
qctl with. It shares nothing with qctl's evaluator, nor with croniter or cronsim.

Cron counts minutes of the local clock: `now + offset`, where it asks for the offset anew only when daylight saving
begins or ends. `virtual` is the last local minute whose jobs have run. A clock that is a minute on is the usual case;
one that is ahead by less than three hours lets fixed-time jobs of the skipped minutes run at once, one that is behind
by less than three hours lets only wildcard jobs run, and a larger jump lets cron begin anew.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE = 60
THREE_HOURS = 180  #: minutes
RUN_PAUSE = 10  #: seconds that cron waits between two minutes that it makes up for, if something ran
_LOOK = 360  #: minutes between two looks at whether clocks were changed
_EPOCH = datetime(1970, 1, 1)
_MONTHS = dict(
    zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True)
)
_DAYS = dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True))
_BOUNDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 7, _DAYS),
)
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


class Refused(ValueError):
    """`bad minute`, `bad hour` …: cron does not take the line."""


@dataclass(frozen=True)
class Entry:
    """The five sets of a line, and its flags."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    day_star: bool
    weekday_star: bool
    wild: bool  #: does its minute or hour field begin with `*`

    @classmethod
    def parse(cls, when: str) -> Entry:
        """Read five fields or a nickname. Raises Refused."""
        fields = _NICKNAMES.get(when, when).split()
        if len(fields) != len(_BOUNDS):
            raise Refused(f"{len(fields)} fields")
        sets = [_Reader(field, *bounds).read() for field, bounds in zip(fields, _BOUNDS, strict=True)]
        minutes, hours, days, months, weekdays = map(frozenset, sets)
        star = [field.startswith("*") for field in fields]
        sunday = frozenset(day % 7 for day in weekdays)
        return cls(minutes, hours, days, months, sunday, star[2], star[4], star[0] or star[1])

    def on(self, day: datetime) -> bool:
        """Whether it runs on a day: both day fields have to agree if one begins with `*`, else either is enough."""
        by_date, by_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        either = by_date or by_week
        both = by_date and by_week
        return day.month in self.months and (both if self.day_star or self.weekday_star else either)

    @cached_property
    def times(self) -> list[int]:
        """Its minutes of a day."""
        return sorted(hour * 60 + minute for hour in self.hours for minute in self.minutes)

    def between(self, first: int, last: int) -> Iterator[int]:
        """The local minutes after `first`, up to `last`, at which it is to run."""
        for date in range(first // 1440, last // 1440 + 1):
            if self.on(_EPOCH + timedelta(days=date)):
                yield from (at for time in self.times if first < (at := date * 1440 + time) <= last)


class _Reader:
    """Reads one field letter by letter."""

    def __init__(self, text: str, low: int, high: int, names: dict[str, int]) -> None:
        self.text, self.low, self.high, self.names = text, low, high, names
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def read(self) -> set[int]:
        """All that it names. What follows the last range is passed over, as cron does."""
        found = self.range()
        while self.peek() == ",":
            self.at += 1
            found |= self.range()
        return found

    def range(self) -> set[int]:
        if self.peek() == "*":
            self.at += 1
            first, last = self.low, self.high
        else:
            first = last = self.number(self.names)
            if self.peek() == "/":
                raise Refused(self.text)
            if self.peek() != "-":
                self.within(first)
                return {first}
            self.at += 1
            last = self.number(self.names)
        step = 1
        if self.peek() == "/":
            self.at += 1
            step = self.number({})
        if step == 0:
            raise Refused(self.text)
        self.within(first)
        self.within(last)
        found, value = set(), first
        while value <= last:
            found.add(value)
            value += step
        return found

    def number(self, names: dict[str, int]) -> int:
        start = self.at
        while self.peek().isalnum():
            self.at += 1
        word = self.text[start : self.at]
        if word.isdigit():
            return int(word)
        if word.lower() not in names:
            raise Refused(self.text)
        return names[word.lower()]

    def within(self, value: int) -> None:
        if not self.low <= value <= self.high:
            raise Refused(self.text)


class Clock:
    """What cron knows of the local clock: the offset of the last change of daylight saving."""

    def __init__(self, zone: str, first: datetime, last: datetime) -> None:
        self._offsets: list[tuple[int, int]] = []  #: (from which UTC minute, offset in minutes)
        where, saving = ZoneInfo(zone), False
        for at in range(int(first.timestamp()) // MINUTE, int(last.timestamp()) // MINUTE + _LOOK, _LOOK):
            here = datetime.fromtimestamp(at * MINUTE, UTC).astimezone(where)
            if not self._offsets or bool(here.dst()) != saving:
                saving = bool(here.dst())
                self._offsets.append((self._change(where, at, saving), _offset(here)))
        self.changes = [at for at, _ in self._offsets[1:]]

    def _change(self, where: ZoneInfo, at: int, saving: bool) -> int:
        """The minute at which daylight saving came to be what it is at `at`."""
        if not self._offsets:
            return at
        low, high = at - _LOOK, at
        while high - low > 1:
            middle = (low + high) // 2
            there = datetime.fromtimestamp(middle * MINUTE, UTC).astimezone(where)
            low, high = (low, middle) if bool(there.dst()) == saving else (middle, high)
        return high

    def local(self, minute: int) -> int:
        """The local minute at a UTC minute."""
        place = bisect_right(self._offsets, (minute, 1 << 31)) - 1
        return minute + self._offsets[max(place, 0)][1]


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // MINUTE


class Start(NamedTuple):
    """One start of a line."""

    at: int  #: the instant, in UTC seconds
    minute: int  #: the local minute that it is for
    late: bool = False  #: was it made up for after a jump of the clock, some seconds behind the other


def starts(when: str, zone: str, first: datetime, last: datetime) -> list[int]:
    """The instants, in UTC seconds, at which a cron that runs from `first` to `last` starts a line of this timing."""
    return [start.at for start in loop(Entry.parse(when), Clock(zone, first, last), first, last)]


def loop(entry: Entry, clock: Clock, first: datetime, last: datetime) -> Iterator[Start]:
    """The starts of a line, as if it were alone in its crontab."""
    at = int(first.timestamp()) // MINUTE
    end = int(last.timestamp()) // MINUTE
    virtual = clock.local(at)
    at += 1
    while at <= end:
        running = clock.local(at)
        ahead = running - virtual
        if ahead == 1:
            at, virtual = yield from _quiet(entry, clock, at, end, virtual)
            continue
        if 1 < ahead <= 5:
            for minute in range(virtual + 1, running + 1):
                yield from _jobs(entry, minute, at * MINUTE, wild=True, fixed=True)
            virtual = running
        elif 5 < ahead <= THREE_HOURS:
            virtual = yield from _make_up(entry, virtual, running, at * MINUTE)
        elif -THREE_HOURS < ahead <= 0:
            yield from _jobs(entry, running, at * MINUTE, wild=True, fixed=False)
        else:
            virtual = running
            yield from _jobs(entry, running, at * MINUTE, wild=True, fixed=True)
        at += 1


def _quiet(entry: Entry, clock: Clock, at: int, end: int, virtual: int) -> Generator[Start, None, tuple[int, int]]:
    """The minutes up to the next change of the clock, in which every minute follows the one before."""
    change = next((each for each in clock.changes if each > at), end + 1)
    stop = min(change - 1, end)
    shift = clock.local(at) - at
    for minute in entry.between(virtual, stop + shift):
        yield Start((minute - shift) * MINUTE, minute)
    return stop + 1, stop + shift


def _make_up(entry: Entry, virtual: int, running: int, now: int) -> Generator[Start, None, int]:
    """Wildcard jobs of the minute at hand, then the fixed-time jobs of every minute that was skipped.

    Something that ran is waited for; when that has used up the minute, the loop goes round again.
    """
    queued = list(_jobs(entry, running, now, wild=True, fixed=False))
    yield from queued
    began = now
    while virtual < running and now - began < MINUTE:
        now += RUN_PAUSE if queued else 0
        virtual += 1
        queued = list(_jobs(entry, virtual, now, wild=False, fixed=True))
        for start in queued:
            yield start._replace(late=True)
    return virtual


def _jobs(entry: Entry, minute: int, now: int, *, wild: bool, fixed: bool) -> Iterator[Start]:
    if (wild if entry.wild else fixed) and minute in set(entry.between(minute - 1, minute)):
        yield Start(now, minute)
