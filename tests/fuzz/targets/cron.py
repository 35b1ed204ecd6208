"""Cron expressions: an evaluator that only ever goes forward, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from qctl.model.cron import CronError, interval_ms, parse_cron
from qctl.model.cron.lints import lints
from tests.fuzz.target import Target, as_text, literals

_ZONES: Final = tuple(map(ZoneInfo, ("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana")))
#: Before an hour that clocks skip, before one that they show twice, and near the end of the calendar.
_INSTANTS: Final = tuple(
    round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    for text in ("2026-03-28T23:30", "2026-10-24T23:30:01", "9999-12-30T00:00")
)
_MANY: Final = 6


def target(data: bytes) -> None:
    zone = _ZONES[data[0] % len(_ZONES)] if data else _ZONES[0]
    now = _INSTANTS[data[0] // len(_ZONES) % len(_INSTANTS)] if data else _INSTANTS[0]
    text = as_text(data[1:])
    try:
        cron = parse_cron(text, seed="host")
    except CronError as refused:
        assert refused.message.startswith("bad cron expression: ")
        assert text.startswith(refused.before + refused.meant) or text.strip().startswith("@")
        return
    times = [due.ms for due in islice(cron.upcoming(now, zone), _MANY)]
    assert all(earlier < later for earlier, later in zip([now, *times], times, strict=False)), (text, times)
    assert times or now == _INSTANTS[-1], "an expression that never comes"
    if times:
        assert [due.ms for due in islice(cron.upcoming(times[0], zone), _MANY - 1)] == times[1:]
        assert [due.ms for due in islice(cron.upcoming(times[0] - 1, zone), 1)] == times[:1]
    again = parse_cron(cron.shown)
    assert (again.tracks, again.shown) == (cron.tracks, cron.shown)
    assert interval_ms(cron) > 0
    for lint in lints(cron, zone, 2026):
        assert lint.message
        assert cron.text.startswith(lint.before + lint.meant)


def seeds() -> list[bytes]:
    found = literals("tests/unit/cron", "tests/property/cron_expressions.py", "qctl/cli/topics/cron.py")
    return [bytes([place % 12]) + seed for place, seed in enumerate(found) if len(seed) < 200]


CRON: Final = Target(
    name="cron",
    run=target,
    seeds=seeds,
    pieces=(
        *(b"*", b"/", b"-", b",", b"#", b"~", b"?", b"L", b"LW", b"15W", b"W", b"H", b"H(", b"H(0-29)", b" ", b"\t"),
        *(b"@daily", b"@reboot", b"@", b"mon", b"SUN", b"jan", b"february", b"0", b"7", b"31", b"29", b"59", b"60"),
        *(b"* * * * *", b"0 0 29 2 *", b"0 0 31W 2 *", b"0 2 * * *", b"*/7", b"1-5/2", b"5L", b"mon#5", b"\xff", b"\0"),
    ),
    heads=(b"\0", b"\0* * * * ", b"\0*/", b"\0@"),
)
