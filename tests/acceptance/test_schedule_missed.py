"""The real `qctl schedule missed`, which means by missed what `status` does; and what a pause of everything skips."""

from __future__ import annotations

import json

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Command, Store
from tests.support import Home
from tests.support.file_beat import FileBeat
from tests.support.schedule_items import items, now

TASKS = """
[tasks.backup]
run = "true"
schedule = "30 2 * * *"

[tasks.tick]
run = "true"
schedule = "* * * * *"

[tasks.audit]
run = "true"
host = ["each", "web1", "web2"]
schedule = "@daily"
"""
MINUTE = 60_000


@pytest.fixture
def beat(site: Home, store: Store) -> FileBeat:
    """A live beat that has declared the file's schedules."""
    return FileBeat(store, site.work / "tasks.toml").pulse().publish()


def test_what_was_skipped_on_purpose_is_not_missed(site: Home, store: Store, beat: FileBeat) -> None:
    """`status` does not call it missed either."""
    at = now(store) // MINUTE * MINUTE - 10 * MINUTE
    beat.move_cursor("tick", at - MINUTE)
    beat.fire("tick", Occurrence(at_ms=at, end=End.BLACKOUT), Occurrence(at_ms=at + MINUTE, end=End.OVERLAP))
    beat.move_cursor("tick", now(store))

    assert "nothing that should have run is missing" in site.run("schedule", "missed").stdout
    every = json.loads(site.run("schedule", "missed", "--all", "-o", "json").stdout)["items"]
    assert [row["end"] for row in every] == ["skipped:overlap", "skipped:blackout"]
    assert "--run" not in site.run("schedule", "missed", "--all").stdout, "there is nothing that it would run"


def test_a_job_that_waits_for_a_dead_host_is_missed_here_as_in_status(site: Home, store: Store, beat: FileBeat) -> None:
    at = now(store) // MINUTE * MINUTE - 10 * MINUTE
    beat.move_cursor("audit@web1", at - MINUTE)
    (job,) = beat.fire("audit@web1", Occurrence(at_ms=at, end=End.FIRED))
    beat.move_cursor("audit@web1", now(store))
    store.do(Command(("HSET", store.keys.job(job), "at", at), int))

    (row,) = json.loads(site.run("schedule", "missed", "-o", "json").stdout)["items"]

    assert json.loads(site.run("status", "-o", "json").stdout)["schedules_missed"] == 1
    assert (row["schedule"], row["end"], row["job"]) == ("audit@web1", "open", job)
    assert row["note"] == "its job waits for a worker that is not there: host web1"


def test_what_was_missed_long_ago_is_shown_as_long_as_status_counts_it(
    site: Home, store: Store, beat: FileBeat
) -> None:
    at = now(store) // MINUTE * MINUTE - 3 * 24 * 60 * MINUTE
    beat.move_cursor("backup", at - MINUTE)
    beat.fire("backup", Occurrence(at_ms=at, end=End.MISSED))
    beat.move_cursor("backup", now(store))
    assert json.loads(site.run("status", "-o", "json").stdout)["schedules_missed"] == 1
    (row,) = json.loads(site.run("schedule", "missed", "-o", "json").stdout)["items"]
    assert (row["schedule"], row["end"]) == ("backup", "missed")


def test_while_every_queue_is_paused_that_is_said_and_what_was_skipped_is_told(
    site: Home, store: Store, beat: FileBeat
) -> None:
    paused = site.run("pause", "--all")
    assert "schedules fire nothing meanwhile: what falls due is skipped" in paused.stdout
    assert items(site, "list")["tick"]["standing"] == "paused"
    at = now(store)
    beat.move_cursor("tick", at - MINUTE)
    beat.fire("tick", Occurrence(at_ms=at, end=End.PAUSED), Occurrence(at_ms=at + 1, end=End.PAUSED))
    resumed = site.run("resume", "--all")
    assert "2 instants of schedules fell due meanwhile and were skipped: qctl schedule missed" in resumed.stderr
    assert items(site, "list")["tick"]["standing"] == "on time"


@pytest.mark.parametrize(
    ("catchup", "said"), [("none", "none is made up for"), ("one", "runs the newest"), ("all", "runs each")]
)
def test_what_a_beat_that_comes_will_do_is_told_as_the_schedule_has_it(
    site: Home, store: Store, catchup: str, said: str
) -> None:
    site.write("tasks.toml", f"[tasks.t]\nrun='true'\nschedule = {{ cron = '* * * * *', catchup = '{catchup}' }}\n")
    beat = FileBeat(store, site.work / "tasks.toml").pulse().publish()
    beat.move_cursor("t", now(store) - 10 * MINUTE)
    beat.leave()
    (row,) = json.loads(site.run("schedule", "missed", "-o", "json").stdout)["items"]
    assert said in row["note"]
