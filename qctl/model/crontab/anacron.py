"""An anacrontab: jobs that are to run once in so many days, whenever the machine is up (I17)."""

from __future__ import annotations

import re

from qctl.classes import dataclass
from qctl.model.crontab.table import Bad, numbered
from qctl.model.crontab.variables import read_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_ENTRY: Final = re.compile(r"\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S.*)")
_HOURS: Final = re.compile(r"(\d{1,2})-(\d{1,2})")
_PERIODS: Final = {"@daily": 1, "@weekly": 7, "@monthly": 31, "@yearly": 365, "@annually": 365}
_MINUTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A line of an anacrontab."""

    number: int  #: of its line
    text: str
    days: int  #: 31: once a month, however long it is
    delay: int  #: minutes
    command: str
    variables: Mapping[str, str]
    first: int = 0  #: hours between which it may start, START_HOURS_RANGE
    last: int = 24
    spread: int = 0  #: minutes, RANDOM_DELAY

    @property
    def schedule(self) -> dict[str, str]:
        """`cron` at the first hour, as far as days can say it, else `every`."""
        hour, minute = divmod(self.first * _MINUTES + self.delay, _MINUTES)
        days = {1: "* * *", 7: "* * 0", 30: "1 * *", 31: "1 * *", 365: "1 1 *"}.get(self.days)
        return {"cron": f"{minute} {min(hour, 23)} {days}"} if days else {"every": f"{self.days}d"}

    @property
    def blackout(self) -> tuple[str, ...]:
        """The hours outside of its range."""
        if self.first == 0 and self.last >= 24:
            return ()
        return (f"{self.last % 24:02}:00-{self.first:02}:00",)


def read_anacrontab(text: str) -> tuple[list[Period], list[Bad], list[str]]:
    """The jobs, the lines that anacron refuses, and what is to be said of the file. Never raises."""
    periods: list[Period] = []
    bad: list[Bad] = []
    notes: list[str] = []
    variables: dict[str, str] = {}
    for number, line in numbered(text):
        if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in line):
            bad.append(_bad(number, line, "it holds what TOML cannot: it has to be UTF-8, without a NUL"))
        elif (found := read_variable(line.lstrip(), empty=True)) is not None:
            variables = {**variables, found[0]: found[1]}
        elif (entry := _ENTRY.fullmatch(line)) is None:
            bad.append(_bad(number, line, "a line has a period, a delay, an identifier and a command"))
        elif (days := _days(entry[1])) is None:
            bad.append(_bad(number, line, f"`{entry[1]}` is no period", "days, or @daily @weekly @monthly", entry[1]))
        elif not entry[2].isdecimal():
            bad.append(_bad(number, line, f"`{entry[2]}` is no delay in minutes", meant=entry[2]))
        else:
            first, last = _hours(variables.get("START_HOURS_RANGE"), notes)
            periods.append(
                Period(
                    number=number,
                    text=line,
                    days=days,
                    delay=int(entry[2][:6]),
                    command=entry[4],
                    variables=variables,
                    first=first,
                    last=last,
                    spread=_minutes(variables.get("RANDOM_DELAY"), notes),
                )
            )
    return periods, bad, list(dict.fromkeys(notes))


def _bad(number: int, line: str, message: str, note: str = "", meant: str = "") -> Bad:
    column = line.find(meant) + 1 if meant else 1
    return Bad(number=number, text=line, column=column, width=len(meant) or 1, message=message, note=note)


def _days(text: str) -> int | None:
    if text.isdecimal() and 0 < int(text[:6]) <= 10_000:
        return int(text[:6])
    return _PERIODS.get(text)


def _hours(text: str | None, notes: list[str]) -> tuple[int, int]:
    if text is None:
        return 0, 24
    found = _HOURS.fullmatch(text.strip())
    if found and int(found[1]) < int(found[2]) <= 24:
        return int(found[1]), int(found[2])
    notes.append(f"START_HOURS_RANGE={text} cannot be read: it may start at any hour")
    return 0, 24


def _minutes(text: str | None, notes: list[str]) -> int:
    if text is None:
        return 0
    if text.isdecimal() and len(text) < 7:
        return int(text)
    notes.append(f"RANDOM_DELAY={text} is no number of minutes, and is left out")
    return 0
