"""Reading `schedule`: its three ways of writing, and what can be seen to be wrong without a calendar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from qctl.config.keys import SCHEDULE
from qctl.config.readers import Wrong
from qctl.config.reading import Path, Reading
from qctl.model.suggest import did_you_mean
from qctl.model.units import parse_duration

NICKNAMES: Final = (
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
    "@reboot",
    "@start",
)
MAX_LENGTH: Final = 1000
_EVERY = re.compile(r"@?every\s+(\S.*)")
_PART = re.compile(r"(?:\*|\?|(\d+)|[A-Za-z]{3})(?:-(?:(\d+)|[A-Za-z]{3}))?(?:/(\d+))?")
_SPECIAL = re.compile(r"[0-9A-Za-z*?/#~()-]+")
#: name, least, greatest; of the five fields, with the seconds that six fields begin with.
_FIELDS: Final = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
)


def read_schedules(reading: Reading, raw: Any, path: Path, what: str) -> tuple[Mapping[str, Any], ...]:
    """The schedules of a task or workflow, each as a table: a text becomes `{"cron": …}` or `{"every": …}`."""
    if not isinstance(raw, list):
        found = _one(reading, raw, path, what)
        return (found,) if found else ()
    several = [_one(reading, each, (*path, position), what) for position, each in enumerate(raw)]
    return tuple(each for each in several if each)


def _one(reading: Reading, raw: Any, path: Path, what: str) -> Mapping[str, Any] | None:
    before = len(reading.problems)
    if isinstance(raw, str):
        values, expression_path = _of_text(raw), path
        table: Mapping[str, Any] = values
    else:
        values = reading.table(raw, SCHEDULE, path, f"`schedule` of {what}")
        expression_path = (*path, "cron")
        table = dict(raw) if isinstance(raw, dict) else {}
        if len(reading.problems) == before and len(values.keys() & {"cron", "every", "at"}) != 1:
            reading.add("Q021", f"`schedule` of {what} needs one of `cron`, `every`, `at`", path)
    try:
        _check(values)
    except Wrong as wrong:
        at = expression_path if "cron" in values else path if isinstance(raw, str) else (*path, "at")
        reading.add("Q021", wrong.message, at, value=True, note=wrong.note, needle=wrong.meant)
    return _plain(table) if len(reading.problems) == before else None


def _of_text(text: str) -> dict[str, Any]:
    match = _EVERY.fullmatch(text.strip())
    return {"every": match[1]} if match else {"cron": text}


def _check(values: Mapping[str, Any]) -> None:
    if isinstance(values.get("cron"), str):
        check_cron(values["cron"])
    if isinstance(values.get("every"), str):
        try:
            parse_duration(values["every"])
        except ValueError as error:
            raise Wrong(f"bad schedule: {error}", meant=values["every"]) from error
    if "at" in values and not isinstance(values["at"], str | date | datetime):
        raise Wrong("`at` must be a date", note="write 2026-11-22T13:50:00")


def check_cron(expression: str) -> None:
    """Look at the form of a cron expression: the number of fields, and the numbers in them. Raises Wrong."""
    if len(expression) > MAX_LENGTH:
        raise Wrong("bad cron expression: it is longer than 1000 characters")
    words = expression.split()
    if expression.startswith("@"):
        if expression not in NICKNAMES:
            meant = did_you_mean(expression, NICKNAMES)
            raise Wrong(f"bad cron expression: `{expression}` is not known{meant}", note=f"{' '.join(NICKNAMES)}")
        return
    if len(words) not in (5, 6):
        note = "minute hour day-of-month month day-of-week, with a field of seconds before them if there are six"
        raise Wrong(f"bad cron expression: it has {len(words)} fields, not 5 or 6", note=note)
    for word, (name, low, high) in zip(words, _FIELDS[-len(words) :], strict=True):
        for part in word.split(","):
            _check_part(part, name, low, high)


def _check_part(part: str, name: str, low: int, high: int) -> None:
    match = _PART.fullmatch(part)
    if match is None:
        if not _SPECIAL.fullmatch(part):
            raise Wrong(f"bad cron expression: {name} `{part}` cannot be read", meant=part)
        return
    for number in (match[1], match[2]):
        if number is not None and not low <= int(number) <= high:
            message = f"bad cron expression: {name} {number} is out of range {low}-{high}"
            note = f"every {number} minutes is `every {number}m`" if name == "minute" else ""
            raise Wrong(message, note=note, meant=number)
    if match[3] is not None and int(match[3]) == 0:
        raise Wrong(f"bad cron expression: {name} `{part}` has a step of 0", meant=part)


def _plain(value: Any) -> Any:
    """The same without TOML's dates, so that it can be written as JSON."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
