"""Reading `schedule`: its three ways of writing, and what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from qctl.config.keys import SCHEDULE
from qctl.config.wrong import Wrong
from qctl.model.cron import CronError, parse_cron
from qctl.model.timing import REBOOT, START, period_of
from qctl.model.units import parse_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.config.reading import Path, Reading


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
        reading.add("Q021", wrong.message, at, value=True, note=wrong.note, needle=wrong.meant, before=wrong.before)
    return _plain(table) if len(reading.problems) == before else None


def _of_text(text: str) -> dict[str, Any]:
    period = period_of(text)
    return {"cron": text} if period is None else {"every": period}


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
    """Read a cron expression, to see whether it can be. Raises Wrong."""
    if expression.strip() in (REBOOT, START):
        return
    try:
        parse_cron(expression)
    except CronError as error:
        raise Wrong(error.message, note=error.note, meant=error.meant, before=error.before) from error


def _plain(value: Any) -> Any:
    """The same without TOML's dates, so that it can be written as JSON."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value
