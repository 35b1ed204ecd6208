"""`qctl schedule next`: when schedules are due, without any server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support import Home

TASKS = """
[qctl]
timezone = "Europe/Paris"

[tasks.backup-db]
run = "true"
schedule = "30 2 * * *"

[tasks.certs]
run = "true"
schedule = { cron = "@hourly", jitter = "5m" }

[tasks.push]
run = "true"
schedule = "every 5m"

[tasks.report]
run = "true"
schedule = [
    { cron = "0 9 * * mon-fri", timezone = "Asia/Tokyo", name = "tokyo" },
    { cron = "0 9 * * mon-fri", name = "here" },
]

[tasks.old]
run = "true"
schedule = { cron = "@daily", enabled = false }

[tasks.on-boot]
run = "true"
schedule = "@reboot"

[tasks.by-hand]
run = "true"
"""


@pytest.fixture
def place(home: Home) -> Home:
    home.write("tasks.toml", TASKS)
    return home


def items(home: Home, *words: str, **env: str) -> list[dict[str, Any]]:
    answer = home.run("schedule", "next", *words, "-o", "json", env=env)
    assert answer.code == 0, answer
    document = json.loads(answer.stdout)
    assert document["schema"] == "qctl.list/1"
    return list(document["items"])


def test_each_schedule_stands_there_once_in_order_and_those_without_a_time_at_the_end(place: Home) -> None:
    found = items(place)

    times = [item["at"] for item in found if item["at"]]
    assert times == sorted(times)
    assert {item["schedule"] for item in found[:5]} == {"backup-db", "certs", "push", "report.tokyo", "report.here"}
    assert [(item["schedule"], item["at"], item["note"]) for item in found[5:]] == [
        ("old", None, "disabled in tasks.toml"),
        ("on-boot", None, "at boot"),
    ]
    table = place.run("schedule", "next").stdout
    assert table.splitlines()[0].split() == ["WHEN", "IN", "TASK", "SCHEDULE"]
    for words in ("@hourly +0-5m", "every 5m", "0 9 * * mon-fri Tokyo", "30 2 * * *\n", "–", "@reboot"):
        assert words in table
    assert "Times in Europe/Paris · 5 due, 1 disabled, 1 at boot" in table
    assert "3 more (-n shows them)" in place.run("schedule", "next", "-n", "4").stdout
    assert not (place.state / "redis.sock").exists()


def test_an_item_says_when_in_utc_and_on_the_clocks_of_its_zone(place: Home) -> None:
    """D1, and E29: what the evaluator says is what is shown."""
    moved = items(place, "backup-db", "-n", "3", "--from", "2027-03-27")[1]

    assert moved["at"] == "2027-03-28T01:00:00.000Z"
    assert moved["local"] == "2027-03-28T03:00:00+02:00"
    assert (moved["task"], moved["schedule"]) == ("backup-db", "backup-db")
    assert (moved["expression"], moved["timezone"]) == ("30 2 * * *", "Europe/Paris")
    assert moved["note"] == "02:30 does not exist that day (DST): runs once, at the first valid minute"
    distance = datetime.fromisoformat(moved["at"]).timestamp() - datetime.now(UTC).timestamp()
    assert abs(moved["in_s"] - distance) < 60


def test_one_task_is_shown_a_line_for_each_instant_with_what_is_odd(place: Home) -> None:
    """The second form of the mock-up."""
    answer = place.run("schedule", "next", "backup-db", "-n", "3", "--from", "2027-03-27", "--utc")

    first, second, third = answer.stdout.splitlines()
    assert first.startswith("2027-03-27T01:30:00Z  ")
    assert first.endswith("Sat 02:30 CET")
    assert second.startswith("2027-03-28T01:00:00Z  ")
    assert "Sun 03:00 CEST  ⚠ 02:30 does not exist that day (DST): runs once, at the first valid minute" in second
    assert third.endswith("Mon 02:30 CEST")
    assert "from Sat 2027-03-27 00:00:00" in answer.stderr


def test_from_an_instant_on_is_that_instant_too_and_until_ends_it(place: Home) -> None:
    words = ("@hourly", "--from", "2027-01-01T00:00Z", "--until", "2027-01-01T02:00Z", "-n", "99")
    assert [item["at"][11:16] for item in items(place, *words)] == ["00:00", "01:00", "02:00"]
    within = items(place, "--from", "2027-01-04T00:00Z", "--until", "2027-01-04T01:00Z", "-n", "99")
    assert [item["schedule"] for item in within if item["at"]].count("push") == 12
    backwards = place.run("schedule", "next", "--until", "2020-01-01")
    assert (backwards.code, "is before the first instant" in backwards.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["30 2 * * *", "--timezone", "Asia/Tokyo"], "2027-05-01T17:30:00.000Z"),
        (["30 2 * * *"], "2027-05-01T00:30:00.000Z"),
        (["30 2 * * *", "--timezone", "UTC"], "2027-05-01T02:30:00.000Z"),
        (["@daily"], "2027-05-01T22:00:00.000Z"),
        (["*/10 * * * * *"], "2027-05-01T00:00:00.000Z"),
    ],
)
def test_any_expression_may_be_asked_in_any_zone(place: Home, words: list[str], expected: str) -> None:
    (item,) = items(place, *words, "--from", "2027-05-01T00:00Z", "-n", "1")

    assert (item["at"], item["task"], item["schedule"]) == (expected, None, None)


def test_a_distance_counts_from_the_begin(place: Home) -> None:
    """E28, for an expression that is nobody's."""
    found = items(place, "every 90m", "--from", "2020-05-01T00:00Z", "-n", "2")
    assert [item["in_s"] - found[0]["in_s"] for item in found] == [0, 5400]


def test_h_is_shown_as_what_it_stands_for(home: Home) -> None:
    """E26: the same each time, and another for another task."""
    home.write("tasks.toml", "".join(f"[tasks.t{n}]\nrun = 'true'\nschedule = 'H H * * *'\n" for n in range(8)))
    found = {item["task"]: item["expression"] for item in items(home)}

    assert found == {item["task"]: item["expression"] for item in items(home)}
    assert len(set(found.values())) > 4
    assert not any("H" in shown for shown in found.values())


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["0 24 * * *"], 2, "hour 24 is out of range 0-23\n  0 24 * * *\n    ^^\n"),
        (["0 0 * * fri-mon"], 2, "help: write `fri-sat,sun-mon`"),
        (["@fortnightly"], 2, "there are @yearly"),
        (["every now"], 2, "is no duration"),
        (["every 0s"], 2, "more than 0 seconds"),
        (["bakup-db"], 4, "no task or schedule `bakup-db`, did you mean `backup-db`?"),
        (["by-hand"], 4, "task `by-hand` has no schedule"),
        (["@daily", "--timezone", "Europe/Berln"], 2, "did you mean `Europe/Berlin`?"),  # D19
        (["--from", "sometime"], 2, "cannot read 'sometime' as a date"),
        (["-n", "0"], 2, "a whole number from 1 to 10000"),
    ],
)
def test_what_cannot_be_meant_says_what_to_type(place: Home, words: list[str], code: int, said: str) -> None:
    answer = place.run("schedule", "next", *words)

    assert (answer.code, answer.stdout) == (code, "")
    assert said in answer.stderr


def test_a_broken_task_is_named_and_the_others_are_shown(home: Home) -> None:
    """D19, R6."""
    home.write("tasks.toml", TASKS + "[tasks.bad]\nrun = 'true'\nschedule = '0 0 31 2 *'\n")
    answer = home.run("schedule", "next")

    assert answer.code == 0
    assert "without the schedules of bad" in answer.stderr
    assert "backup-db" in answer.stdout
    assert home.run("schedule", "next", "bad").code == 78
    home.write("tasks.toml", "[qctl\n")
    assert home.run("schedule", "next", "@daily").code == 0
    assert home.run("schedule", "next").code == 78


def test_the_other_forms_hold_one_instant_a_line(place: Home) -> None:
    lines = place.run("schedule", "next", "@daily", "-n", "2", "-o", "jsonl", "--utc").stdout.splitlines()
    assert [json.loads(line)["expression"] for line in lines] == ["@daily", "@daily"]
    assert place.run("schedule", "next", "-o", "tsv").stdout.startswith("at\tlocal\tin_s\ttask\tschedule\t")
    names = place.run("schedule", "next", "-q").stdout.splitlines()
    assert len(names) == 5
    assert all(name.endswith("Z") for name in names)


def test_without_a_file_there_is_nothing_and_it_says_so(home: Home) -> None:
    assert "qctl init writes one" in home.run("schedule", "next").stdout
    assert items(home) == []
    home.write("tasks.toml", "[tasks.t]\nrun = 'true'\n")
    assert "no schedule in " in home.run("schedule", "next").stdout


def test_a_star_that_the_shell_filled_in_is_told_from_a_slip(place: Home) -> None:
    place.write("log", "")
    for words in (["next", "0 log tasks.toml * *"], ["add", "push", "0 3 log tasks.toml log tasks.toml *"]):
        answer = place.run("schedule", *words)
        assert answer.code == 2
        assert "`log` is a file here: write it in quotes, or the shell fills in its *" in answer.stderr
    assert "is a file here" not in place.run("schedule", "next", "0 gol * * *").stderr
    place.write("mon", "")
    assert place.run("schedule", "next", "0 3 * * mon").code == 0


HELD = """
[qctl]
timezone = "UTC"
[tasks.held]
run = "true"
schedule = { cron = "0 */6 * * *", blackout = ["05:00-13:00"] }
"""


class TestBlackout:
    def test_an_instant_that_does_not_start_is_marked(self, home: Home) -> None:
        home.write("tasks.toml", HELD)
        words = ("schedule", "next", "held", "--from", "2027-01-01", "-n", "4")
        lines = home.run(*words).stdout.splitlines()
        assert ["does not start: blackout 05:00-13:00" in line for line in lines] == [False, True, True, False]
        rows = json.loads(home.run(*words, "-o", "json").stdout)["items"]
        assert rows[1]["note"] == "does not start: blackout 05:00-13:00"

    def test_of_all_schedules_the_next_instant_that_starts_is_shown(self, home: Home) -> None:
        home.write("tasks.toml", HELD)
        (row,) = items(home, "--from", "2027-01-01T01:00Z")
        assert row["at"] == "2027-01-01T18:00:00.000Z"

    @pytest.mark.parametrize(
        ("cron", "window", "warned"),
        [
            ("@hourly", "00:00-24:00", True),
            ("0 9 * * *", "08:00-10:00", True),
            ("* * * * * *", "00:00-12:00", False),
            ("0 0 1 1 *", "2026-01-01..2026-12-31", False),
        ],
    )
    def test_check_warns_of_one_that_never_starts(self, home: Home, cron: str, window: str, warned: bool) -> None:
        said = f"schedule = {{ cron = '{cron}', blackout = ['{window}'] }}"
        home.write("tasks.toml", f"[tasks.t]\nrun = 'true'\n{said}\n")
        assert ("Q047" in home.run("check").stdout) == warned


def test_until_shows_every_instant_and_tells_of_those_that_are_too_many(place: Home) -> None:
    words = ("schedule", "next", "* * * * * *", "--from", "2027-01-01T00:00Z", "--until", "2027-01-01T00:00:59Z")
    answer = place.run(*words)
    assert (len(answer.stdout.splitlines()), "more" in answer.stderr) == (60, False)
    short = place.run(*words, "-n", "10")
    assert len(short.stdout.splitlines()) == 10
    assert "50 more until then: -n shows them" in short.stderr
    table = place.run("schedule", "next", "--from", "2027-01-01T00:00Z", "--until", "2027-01-02T00:00Z", "-n", "5")
    assert "more (-n shows them)" in table.stdout


def test_a_distance_from_a_date_on_is_counted_from_that_very_second(place: Home) -> None:
    (row,) = items(place, "every 90m", "--from", "2020-01-01T00:00Z", "-n", "1")
    assert row["at"] == "2020-01-01T01:30:00.000Z"


def test_a_single_date_may_be_asked_as_the_lists_show_it(place: Home) -> None:
    (row,) = items(place, "at 2030-01-01 12:00", "--timezone", "UTC")
    assert row["at"] == "2030-01-01T12:00:00.000Z"
    assert place.run("schedule", "next", "at 2020-01-01").stdout.endswith(": over\n")
    assert place.run("schedule", "next", "at no-day").code == 2
