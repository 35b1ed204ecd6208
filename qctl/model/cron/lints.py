"""What an expression may not mean as its writer thinks: it is valid, and worth a look."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from qctl.classes import dataclass, replace
from qctl.enums import StrEnum
from qctl.model.cron.expression import NICKNAMES
from qctl.model.cron.fields import DAY, FIELDS, MONTH, WEEKDAY
from qctl.model.cron.shifts import shifts
from qctl.model.local_time import zone_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo
    from typing import Final

    from qctl.model.cron.expression import Cron
    from qctl.model.cron.fields import Field
    from qctl.model.cron.shifts import Shift

_HOUR: Final = timedelta(hours=1)
_WHOLE: Final = re.compile(r"(?:\*|~|H|([0-9A-Za-z]+)-([0-9A-Za-z]+))/([0-9]+)", re.I)
_FROM: Final = re.compile(r"([0-9A-Za-z]+)/([0-9]+)", re.I)
_ONE: Final = re.compile(r"([0-9A-Za-z]+)-([0-9A-Za-z]+)/([0-9]+)")


class Kind(StrEnum):
    """What a lint is about."""

    UNEVEN = "uneven"  #: a step begins anew with each hour, day, month
    DAYS = "days"  #: both day fields say something
    CLOCKS = "clocks"  #: where clocks are set forward or back
    OTHERS = "others"  #: others read it otherwise, or not at all


@dataclass(frozen=True, slots=True)
class Lint:
    """One thing that is worth a look."""

    kind: Kind
    message: str  #: one sentence, without its full stop
    note: str = ""  #: what to write instead
    meant: str = ""  #: the piece of the text to point at
    before: str = ""  #: the text up to that piece


def lints(cron: Cron, zone: tzinfo, year: int) -> list[Lint]:
    """All that is worth a look. `year` is the present one: clocks are looked at from its begin, for a few years."""
    if cron.text in NICKNAMES:
        return []
    fields = enumerate(zip(FIELDS[-len(cron.fields) :], cron.fields, strict=True))
    found = [_placed(cron, place, lint) for place, (kind, text) in fields for lint in _steps(kind, text)]
    found += [_placed(cron, -1, lint) for lint in _both_days(*cron.fields[-3::2])]
    return found + [_placed(cron, -4, lint) for lint in _clocks(cron, zone, year)]


def _placed(cron: Cron, place: int, lint: Lint) -> Lint:
    """With the text that stands before its piece, which is in one of the fields."""
    start = sum(len(field) + 1 for field in cron.fields[:place])
    return replace(lint, before=cron.text[: cron.text.index(lint.meant, start)]) if lint.meant else lint


def _steps(field: Field, text: str) -> Iterator[Lint]:
    for part in text.split(","):
        if (found := _ONE.fullmatch(part)) and found[1].lower() == found[2].lower():
            yield Lint(Kind.OTHERS, f"`{part}` is {found[1]} alone, as cron reads it; others read a step", meant=part)
        elif (found := _FROM.fullmatch(part)) and found[1].upper() != "H":
            spelled = f"{found[1]}-{field.high}/{found[2]}"
            message = f"`{part}` is `{spelled}` here; Debian's cron and cronie refuse it"
            yield Lint(Kind.OTHERS, message, f"write `{spelled}`", part)
        if (found := _WHOLE.fullmatch(part)) and (lint := _uneven(field, part, found)):
            yield lint


def _uneven(field: Field, part: str, found: re.Match[str]) -> Lint | None:
    """Of a step over a whole field that does not divide it (E6)."""
    step = int(found[3])
    if field is WEEKDAY or (found[1] and (field.read(found[1]), field.read(found[2])) != (field.low, field.high)):
        return None
    if (field.size % step == 0 and field is not DAY) or step in (1, field.size):
        return None
    around = {"second": "minute", "minute": "hour", "hour": "day", "day of month": "month", "month": "year"}
    unit = "day" if field is DAY else field.name
    message = f"`{part}` is not every {step} {unit}s: it begins anew with each {around[field.name]}"
    note = "" if field in (DAY, MONTH) else f"every {step} {unit}s is `every {step}{unit[0]}`"
    return Lint(Kind.UNEVEN, message, note, part)


def _both_days(of_month: str, of_week: str) -> Iterator[Lint]:
    """Where both day fields leave something out, or look as if they did (E1, E3, E5)."""
    if "*" in (of_month, of_week):
        return
    if of_month.startswith("*") or of_week.startswith("*"):
        message = f"a day must be both `{of_month}` of the month and `{of_week}` of the week, since one begins with `*`"
        yield Lint(Kind.DAYS, message, "Debian's cron reads it so too; many others take either", of_week)
        return
    message = f"a day may be `{of_month}` of the month or `{of_week}` of the week: cron takes either"
    note = "`*` in one of them leaves the other; both at once takes a test in the command"
    if of_month in ("1-31", "1-31/1"):
        message, note = f"`{of_month}` is every day, whatever the day of week: cron takes either", "write `*` for it"
    yield Lint(Kind.DAYS, message, note, of_week)


def _clocks(cron: Cron, zone: tzinfo, year: int) -> Iterator[Lint]:
    around = [shift for shift in shifts(zone, year) if cron.on(shift.begin.date())]
    forward = next((shift for shift in around if shift.skipped and _around(cron, shift)), None)
    back = next((shift for shift in around if not shift.skipped), None)
    name = zone_name(zone) or "its zone"
    if cron.wildcard and forward:
        begin, end = f"{forward.begin:%H:%M}", f"{forward.end:%H:%M}"
        runs = "does not run at all" if _around(cron, forward, timedelta(0)) else "loses runs"
        message = f"it {runs} on {forward.begin:%Y-%m-%d}, when clocks in {name} skip {begin} to {end}"
        yield Lint(Kind.CLOCKS, message, "no `*` at the begin of minute and hour makes it a fixed time, made up for")
    elif not cron.wildcard and len(cron.hour) == 24 and back:
        message = f"on {back.begin:%Y-%m-%d} clocks in {name} show {back.begin:%H:%M} twice, and it runs at the first"
        yield Lint(Kind.CLOCKS, message, "`*` for the hours runs in each hour that passes", cron.fields[-4])


def _around(cron: Cron, shift: Shift, margin: timedelta = _HOUR) -> bool:
    """Whether all its times of a day are among those that clocks skip, or at most an hour from them, on both sides."""
    first, last = (
        datetime.combine(shift.begin, time(of(cron.hour), of(cron.minute), of(cron.second))) for of in (min, max)
    )
    return shift.begin - margin <= first < shift.end and shift.begin <= last < shift.end + margin
