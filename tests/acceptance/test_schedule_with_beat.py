"""The words of `qctl schedule` beside a real beat: it obeys them, and what it does is told by them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import Home, eventually

TASKS = """
[tasks.often]
run = "true"
schedule = "* * * * * *"

[tasks.nightly]
run = "echo kept $keep"
params.keep = { type = "int", default = 7 }
schedule = { cron = "30 2 1 1 *", with = { keep = 14 } }
"""


@pytest.fixture
def beating(site: Home) -> Iterator[Home]:
    """A home whose worker takes jobs, and whose beat fires its schedules."""
    worker = site.start("worker", "-c", "2", "-B")
    eventually(lambda: "idle" in site.run("worker", "list").stdout, within=20.0)
    yield site
    assert worker.stop(within=30.0).code == 0


def item(home: Home, name: str) -> dict[str, Any]:
    answer = home.run("schedule", "list", "--all", "-o", "json")
    return next((item for item in json.loads(answer.stdout)["items"] if item["name"] == name), {})


def fired(home: Home, name: str) -> list[dict[str, Any]]:
    rows = json.loads(home.run("schedule", "history", name, "-o", "json").stdout)["items"]
    return [row for row in rows if row["end"] == "fired"]


def test_what_it_fires_is_told_and_what_is_disabled_it_does_not_fire(beating: Home) -> None:
    eventually(lambda: len(fired(beating, "often")) >= 2, within=30.0)
    assert item(beating, "often")["last"]["job"]
    assert beating.run("status").code == 0

    assert beating.run("schedule", "disable", "often", "--reason", "enough").code == 0
    assert eventually(lambda: _ends(beating, "often")[:1] == ["skipped:disabled"], within=30.0)
    assert "enough" in beating.run("schedule", "history", "often", "-n", "1").stdout

    assert beating.run("schedule", "enable", "often").code == 0
    assert eventually(lambda: _ends(beating, "often")[:1] == ["fired"], within=30.0)


def test_a_schedule_that_is_added_is_taken_up_and_one_that_is_taken_out_goes(beating: Home) -> None:
    """R1, R2: within seconds, without a restart."""
    assert beating.run("schedule", "add", "nightly", "@yearly", "--name", "new").code == 0
    eventually(lambda: item(beating, "nightly.new").get("taken_up"), within=30.0)

    assert beating.run("schedule", "rm", "nightly.new").code == 0
    eventually(lambda: item(beating, "nightly.new") == {}, within=30.0)


def test_of_a_task_that_is_renamed_the_old_history_stays(beating: Home) -> None:
    """R10: there is no `was` key; what has run is found under the name that it ran by."""
    eventually(lambda: fired(beating, "often"), within=30.0)
    beating.write("tasks.toml", TASKS.replace("[tasks.often]", "[tasks.renamed]"))
    eventually(lambda: item(beating, "renamed").get("taken_up"), within=30.0)
    eventually(lambda: fired(beating, "renamed"), within=30.0)
    assert item(beating, "often") == {}

    old = fired(beating, "often")

    assert old
    shown = json.loads(beating.run("show", old[0]["job"], "-o", "json").stdout)
    assert (shown["task"], shown["schedule"]) == ("often", "often")
    listed = json.loads(beating.run("ps", "-a", "--task", "often", "-o", "json").stdout)["items"]
    assert {row["job"] for row in old} <= {job["id"] for job in listed}
    assert beating.run("logs", old[0]["job"]).code == 0


def test_a_run_by_hand_beside_it_moves_no_time(beating: Home) -> None:
    """C20."""
    eventually(lambda: item(beating, "nightly").get("taken_up"), within=30.0)
    before = item(beating, "nightly")["next_at"]
    answer = beating.run("schedule", "run-now", "nightly", "--wait")
    assert (answer.code, answer.stdout) == (0, "kept 14\n")
    assert item(beating, "nightly")["next_at"] == before


def _ends(home: Home, name: str) -> list[str]:
    rows = json.loads(home.run("schedule", "history", name, "-n", "3", "-o", "json").stdout)["items"]
    return [row["end"] for row in rows]
