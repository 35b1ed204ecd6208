"""`qctl schema schedule|occurrence` judges what `schedule -o json` prints, in every standing there is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qctl.model.occurrence import End, Occurrence
from qctl.model.schemas import OCCURRENCE, SCHEDULE
from qctl.store import Reading, Store
from qctl.store.command import Command
from tests.support import Home
from tests.support.file_beat import FileBeat
from tests.support.store_seed import SeedWorker

TASKS = """
[tasks.backup]
run = "echo kept $keep"
params.keep = { type = "int", default = 7 }
schedule = { cron = "30 2 * * *", with = { keep = 14 }, deadline = "1h", jitter = "5m", blackout = ["sat"] }

[tasks.fails]
run = "exit 3"
schedule = "* * * * *"

[tasks.misses]
run = "true"
schedule = "* * * * *"

[tasks.off]
run = "true"
schedule = { every = "1h", enabled = false }

[tasks.each]
run = "true"
host = ["each", "web1", "web2"]
schedule = ["@reboot", { at = 2099-01-01T00:00:00, name = "once" }]
"""
LATER = '\n[tasks.fresh]\nrun = "true"\nschedule = "@daily"\n'
MINUTE = 60_000


@pytest.fixture
def at(store: Store) -> int:
    """Ten minutes ago, on the minute."""
    return Reading(store).now_ms() // MINUTE * MINUTE - 10 * MINUTE


@pytest.fixture
def lived(site: Home, store: Store, at: int) -> Home:
    """Schedules that ran, failed, were missed, switched off, fired by hand, never taken up, and cannot be read."""
    beat = FileBeat(store, site.work / "tasks.toml").pulse(host="db1").publish()
    for name in ("fails", "misses"):
        beat.move_cursor(name, at - MINUTE)
    worker = SeedWorker(store, "w1").register()
    beat.fire("fails", Occurrence(at_ms=at, end=End.FIRED, note="late"))
    worker.bury(worker.take())
    beat.fire("fails", Occurrence(at_ms=at + MINUTE, end=End.FIRED))
    beat.move_cursor("fails", at + 10 * MINUTE)
    skipped = [end for end in End if end is not End.FIRED]
    rows = [Occurrence(at_ms=at + place, end=end, count=1 + place) for place, end in enumerate(skipped)]
    beat.fire("misses", *rows, Occurrence(at_ms=at + MINUTE, end=End.MISSED, count=2, since_ms=at))
    site.run("schedule", "disable", "backup", "--for", "2h", "--reason", "moving")
    site.run("schedule", "run-now", "backup")
    store.do(Command(("HSET", store.keys.schedule("each.once@web1"), "def", '{"of": "another version"}'), int))
    site.write("tasks.toml", TASKS.replace("@reboot", "@start").replace("once", "twice") + LATER)
    return site


def judge(home: Home, what: str) -> Draft202012Validator:
    schema = json.loads(home.run("schema", what).stdout)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def items(home: Home, *words: str) -> list[dict[str, Any]]:
    answer = home.run("schedule", *words, "-o", "json")
    assert answer.code == 0, answer
    found: list[dict[str, Any]] = json.loads(answer.stdout)["items"]
    lines = home.run("schedule", *words, "-o", "jsonl").stdout.splitlines()
    assert [json.loads(line).keys() for line in lines] == [item.keys() for item in found]
    return found


def test_schedules_however_they_stand_are_valid_and_hold_nothing_that_is_not_described(lived: Home) -> None:
    schema, found = judge(lived, "schedule"), items(lived, "list", "--all")

    for one in found:
        schema.validate(one)
        assert one.keys() == SCHEDULE.keys()
    assert {one["standing"] for one in found} >= {"off", "missed", "failing", "on time", "waiting"}
    assert {(one["declared"], one["taken_up"]) for one in found} == {(True, True), (True, False), (False, True)}
    assert any(one["last"] for one in found)
    assert any(one["disabled"] for one in found)


def test_what_became_of_each_instant_is_valid_too(lived: Home) -> None:
    schema = judge(lived, "occurrence")
    found = [one for name in ("backup", "fails", "misses") for one in items(lived, "history", name)]
    missed = items(lived, "missed")

    for one in (*found, *missed):
        schema.validate(one)
        assert one.keys() == OCCURRENCE.keys()
    assert {one["end"] for one in found} == {end.value for end in End}
    assert {one["manual"] for one in found} == {True, False}
    assert missed


def test_without_a_server_they_are_valid_as_well(home: Home) -> None:
    home.write("tasks.toml", TASKS)
    schema, found = judge(home, "schedule"), items(home, "list", "--all")

    assert {one["standing"] for one in found} == {"not known", "off"}
    for one in found:
        schema.validate(one)
