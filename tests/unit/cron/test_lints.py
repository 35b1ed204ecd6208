"""What is worth a look in an expression that is valid."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from qctl.model.cron import interval_ms, parse_cron
from qctl.model.cron.lints import Kind, lints


def kinds(text: str, zone: str = "Europe/Berlin") -> list[Kind]:
    return [lint.kind for lint in lints(parse_cron(text), ZoneInfo(zone), 2026)]


@pytest.mark.parametrize(
    ("text", "expected", "words"),
    [
        ("*/7 * * * *", Kind.UNEVEN, "`*/7` is not every 7 minutes: it begins anew with each hour"),  # E6
        ("0 */5 * * *", Kind.UNEVEN, "is not every 5 hours: it begins anew with each day"),
        ("0 0 */2 * *", Kind.UNEVEN, "is not every 2 days: it begins anew with each month"),
        ("H/7 * * * *", Kind.UNEVEN, "`H/7` is not every 7 minutes"),
        ("0-59/7 * * * *", Kind.UNEVEN, "`0-59/7` is not every 7 minutes"),
        ("0 0 13 * 5", Kind.DAYS, "cron takes either"),  # E1
        ("0 0 13 * */2", Kind.DAYS, "a day must be both `13` of the month and `*/2` of the week"),  # E4
        ("0 0 1-31 * 1", Kind.DAYS, "`1-31` is every day, whatever the day of week"),  # E5
        ("5/15 * * * *", Kind.OTHERS, "Debian's cron and cronie refuse it"),  # E9
        ("7-7/5 * * * *", Kind.OTHERS, "`7-7/5` is 7 alone"),
        ("*/20 2 * * *", Kind.CLOCKS, "it does not run at all on 2026-03-29, when clocks in Europe/Berlin skip"),  # D4
        ("* 1-3 * * *", Kind.CLOCKS, "it loses runs on 2026-03-29"),  # D4
        ("0 0-23 * * *", Kind.CLOCKS, "on 2026-10-25 clocks in Europe/Berlin show 02:00 twice"),  # D11
    ],
)
def test_each_pitfall_is_named(text: str, expected: Kind, words: str) -> None:
    """E1, E4, E5, E6, E9, D4, D11."""
    (lint,) = lints(parse_cron(text), ZoneInfo("Europe/Berlin"), 2026)

    assert lint.kind is expected
    assert words in lint.message
    assert text.startswith(lint.before + lint.meant)


@pytest.mark.parametrize(
    "text",
    [
        *("*/15 * * * *", "0 */6 * * *", "30 2 * * *", "0 * * * *", "0 0 * * 5", "0 0 13 * *", "0 9-17/2 * * mon-fri"),
        *(
            "@daily",
            "@hourly",
            "0 0 1 */3 *",
            "H H * * *",
            "0 0 L * *",
            "*/20 2 * * 1",
            "*/10 * * * * *",
            "0 0 * * */2",
        ),
    ],
)
def test_what_everybody_writes_is_no_pitfall(text: str) -> None:
    assert kinds(text) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Tokyo"])
def test_where_clocks_never_change_there_is_nothing_to_say_of_it(zone: str) -> None:
    """D4, D11."""
    assert kinds("*/20 2 * * *", zone) == kinds("0 0-23 * * *", zone) == []


def test_a_midnight_gap_is_found_where_it_is() -> None:
    """D4, in Santiago, where 00:00 is followed by 01:00."""
    assert kinds("*/20 0 * * *", "America/Santiago") == [Kind.CLOCKS]
    assert kinds("*/20 2 * * *", "America/Santiago") == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("* * * * *", 60),
        ("*/7 * * * *", 240),
        ("30 2 * * *", 86_400),
        ("0 9,17 * * *", 8 * 3600),
        ("*/10 * * * * *", 10),
        ("@weekly", 7 * 86_400),
        ("0 0 1 * *", 28 * 86_400),
        ("0 0 29 2 *", 1461 * 86_400),
    ],
)
def test_the_least_distance_between_two_times(text: str, seconds: float) -> None:
    """For O15: a jitter must be shorter."""
    assert interval_ms(parse_cron(text)) == seconds * 1000
