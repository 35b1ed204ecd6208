"""Which days an expression means: rules that a date satisfies whole, or not at all."""

from __future__ import annotations

from datetime import date

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from qctl.model.cron.parts import Pattern, Special

EVERY_DAY: Final = frozenset(range(1, 32))
EVERY_WEEKDAY: Final = frozenset(range(7))
WORKDAYS: Final = frozenset(range(1, 6))
#: A year of each kind: begun on each weekday, with and without a 29th of February. What none of them has never comes.
_KINDS_OF_YEARS: Final = tuple(range(2000, 2028))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """A conjunction: a date must satisfy all that it says. Weekdays count from Sunday, 0."""

    days: frozenset[int] = EVERY_DAY
    weekdays: frozenset[int] = EVERY_WEEKDAY
    last: bool = False  #: only the last day of a month
    last_workday: bool = False  #: only the last of Monday to Friday
    final_week: bool = False  #: only the last seven days
    nearest: int = 0  #: only the day of Monday to Friday that is nearest to this one; 0: any

    @property
    def by_numbers(self) -> bool:
        """Whether days and weekdays are all there is to it."""
        return not (self.last or self.last_workday or self.final_week or self.nearest)

    def fits(self, day: date) -> bool:
        """Whether a date satisfies it."""
        if day.day not in self.days or day.isoweekday() % 7 not in self.weekdays:
            return False
        if self.by_numbers:
            return True
        length = _length(day.year, day.month)
        return (
            (not self.last or day.day == length)
            and (not self.final_week or day.day > length - 7)
            and (not self.last_workday or day.day == _workday(day, length, length))
            and (not self.nearest or (self.nearest <= length and day.day == _workday(day, self.nearest, length)))
        )

    def with_all_of(self, other: DayRule) -> DayRule:
        """What satisfies both. At most one of them asks for a day of Monday to Friday."""
        return DayRule(
            days=self.days & other.days,
            weekdays=self.weekdays & other.weekdays,
            last=self.last or other.last,
            last_workday=self.last_workday or other.last_workday,
            final_week=self.final_week or other.final_week,
            nearest=self.nearest or other.nearest,
        )

    def ever_fits(self, months: Iterable[int]) -> bool:
        """Whether any year has such a day in these months: a look at every kind of year, and no search (E16)."""
        return any(
            self.fits(date(year, month, day))
            for year in _KINDS_OF_YEARS
            for month in months
            for day in self.days
            if day <= _length(year, month)
        )


def day_rules(of_month: Pattern, of_week: Pattern) -> tuple[DayRule, ...]:
    """The rules of both day fields; a day is meant if it satisfies one of them.

    A field that begins with `*` is asked for *as well* (E3, E4), also where it leaves days out, as in `*/2`. If neither
    does, the one *or* the other is enough (E1, E5).
    """
    of_month_rules, of_week_rules = _of_month(of_month), _of_week(of_week)
    if of_month.starred or of_week.starred:
        return tuple(one.with_all_of(other) for one in of_month_rules for other in of_week_rules)
    return (*of_month_rules, *of_week_rules)


def _of_month(pattern: Pattern) -> list[DayRule]:
    rules = [DayRule(days=pattern.values)] if pattern.values else []
    return rules + [
        DayRule(last=special.last, last_workday=special.last_workday, nearest=special.nearest)
        for special in pattern.specials
    ]


def _of_week(pattern: Pattern) -> list[DayRule]:
    rules = [DayRule(weekdays=pattern.values)] if pattern.values else []
    return rules + [_weekday_rule(special) for special in pattern.specials]


def _weekday_rule(special: Special) -> DayRule:
    weekdays = frozenset({special.weekday})
    if special.final:
        return DayRule(weekdays=weekdays, final_week=True)
    return DayRule(weekdays=weekdays, days=frozenset(range(7 * special.nth - 6, 7 * special.nth + 1)) & EVERY_DAY)


def _length(year: int, month: int) -> int:
    """How many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _workday(month: date, wanted: int, length: int) -> int:
    """The day of Monday to Friday nearest to a day of a month, never in another month."""
    weekday = month.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted
