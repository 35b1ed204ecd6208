"""The real `qctl schedule list|enable|disable|run-now|missed|history` over a store that a beat of the test fills."""

from __future__ import annotations

import json
import re

import pytest

from qctl.model.occurrence import End, Occurrence
from qctl.store import Store
from tests.support import Home
from tests.support.file_beat import FileBeat
from tests.support.schedule_items import items, now
from tests.support.store_seed import SeedWorker
from tests.support.terminal import Terminal, plain

TASKS = """
[tasks.backup]
run = "echo kept $keep"
params.keep = { type = "int", default = 7 }
schedule = { cron = "30 2 * * *", with = { keep = 14 } }

[tasks.tick]
run = "true"
schedule = "* * * * *"

[tasks.idle]
run = "true"
schedule = { every = "1h", enabled = false }

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


class TestList:
    def test_without_a_server_the_files_schedules_are_listed_and_that_is_said(self, home: Home) -> None:
        home.write("tasks.toml", TASKS)
        answer = home.run("schedule", "list")
        assert answer.code == 0, answer
        assert "only what the file says is listed" in answer.stderr
        names = {line.split()[0] for line in answer.stdout.splitlines()[1:]}
        assert {"tick", "audit@web1", "audit@web2", "backup"} <= names
        assert "not known" in answer.stdout

    def test_what_no_beat_has_taken_up_waits_and_a_dead_fleet_is_told(self, site: Home) -> None:
        answer = site.run("schedule", "list")
        assert answer.code == 0
        assert ": no beat has taken it up" in answer.stdout
        assert "waiting *" in answer.stdout
        assert "no beat runs: nothing fires them" in answer.stderr

    def test_next_last_and_standing_are_told(self, site: Home, store: Store, beat: FileBeat) -> None:
        at = now(store) // MINUTE * MINUTE
        beat.move_cursor("tick", at - 2 * MINUTE)
        beat.fire("tick", Occurrence(at_ms=at, end=End.FIRED))
        worker = SeedWorker(store, "w1").register()
        worker.bury(worker.take())

        found = items(site, "list", "--all")

        assert found["tick"]["standing"] == "failing"
        assert found["tick"]["last"]["outcome"] == "failed"
        assert found["backup"]["params"] == {"keep": 14}
        assert (found["backup"]["standing"], found["backup"]["taken_up"], found["backup"]["drift"]) == (
            "on time", True, None,
        )  # fmt: skip
        assert found["idle"]["enabled"] is False
        assert "idle" not in items(site, "list")
        assert found["audit@web1"]["hosts"] == ["web1"]

    def test_drift_between_file_store_and_beats_is_told(self, site: Home, store: Store, beat: FileBeat) -> None:
        site.write("tasks.toml", TASKS.replace("30 2 * * *", "45 2 * * *").replace("[tasks.tick]", "[tasks.tock]"))
        found = items(site, "list")
        assert found["backup"]["drift"] == "another definition than this file's is in force"
        assert found["tick"]["drift"] == "not declared here"
        assert found["tock"]["drift"] == "no beat has taken it up"

        other = FileBeat(store, site.work / "tasks.toml", "b2").pulse().publish(changed=False)
        assert items(site, "list")["backup"]["drift"] == f"another definition is held by {other.id}"

    @pytest.mark.parametrize("columns", [40, 80, 120])
    def test_no_line_is_wider_than_the_terminal(self, site: Home, beat: FileBeat, columns: int) -> None:
        terminal = Terminal(site, "schedule", "list", columns=columns)
        assert terminal.end() == 0
        table, *_ = terminal.screen.partition("that the file disables")
        assert "NAME" in table
        assert [line for line in plain(table)[:-1] if len(line) > columns] == []


class TestSwitching:
    def test_a_schedule_is_disabled_for_a_time_and_enabled_again(self, site: Home, beat: FileBeat) -> None:
        answer = site.run("schedule", "disable", "backup", "--for", "2h", "--reason", "moving")
        assert (answer.code, answer.stdout.startswith("backup: disabled by ")) == (0, True), answer
        assert ": moving; what runs goes on" in answer.stdout
        found = items(site, "list")["backup"]
        assert (found["standing"], found["disabled"]["reason"], found["next_at"]) == ("off", "moving", None)
        assert found["disabled"]["until"] is not None

        again = site.run("schedule", "disable", "backup", "--strict")
        assert (again.code, "already disabled" in again.stderr) == (5, True)
        assert site.run("schedule", "enable", "backup").stdout.startswith("backup: enabled")
        assert site.run("schedule", "enable", "backup").stdout == "backup: was not disabled\n"
        assert items(site, "list")["backup"]["standing"] == "on time"

    def test_all_and_a_task_of_several_hosts_are_meant_by_one_word(self, site: Home, beat: FileBeat) -> None:
        answer = site.run("schedule", "disable", "audit", "-o", "json")
        assert [item["schedule"] for item in json.loads(answer.stdout)["items"]] == ["audit@web1", "audit@web2"]
        assert site.run("schedule", "disable", "--all").code == 0
        assert {item["standing"] for item in items(site, "list").values()} == {"off"}

    @pytest.mark.parametrize(
        ("words", "code", "said"),
        [
            (["disable", "bakup"], 4, "no schedule `bakup`, did you mean `backup`?"),
            (["enable"], 2, "name the schedules to enable, or say --all"),
            (["disable", "backup", "--all"], 2, "name the schedules to disable"),
            (["disable", "backup", "--for", "0"], 2, "--for 0 disables nothing"),
            (["run-now", "bakup"], 4, "did you mean `backup`?"),
            (["history", "bakup"], 4, "did you mean `backup`?"),
        ],
    )
    def test_what_is_meant_has_to_be_said(
        self, site: Home, beat: FileBeat, words: list[str], code: int, said: str
    ) -> None:
        answer = site.run("schedule", *words)
        assert (answer.code, answer.stdout) == (code, "")
        assert said in answer.stderr

    def test_what_no_beat_has_taken_up_cannot_be_disabled_here(self, site: Home) -> None:
        answer = site.run("schedule", "disable", "backup")
        assert (answer.code, "no beat has taken it up" in answer.stderr) == (4, True)


class TestByHand:
    def test_a_run_has_the_schedules_parameters_and_moves_no_time(
        self, site: Home, store: Store, beat: FileBeat
    ) -> None:
        """C20: it is recorded as manual, and takes no occurrence away."""
        before = beat.state("backup")

        answer = site.run("schedule", "run-now", "backup", "-q")

        job = json.loads(site.run("show", answer.stdout.strip(), "-o", "json").stdout)
        assert (job["task"], job["schedule"], job["params"]) == ("backup", "backup", {"keep": 14})
        assert "@" in job["by"]
        assert beat.state("backup") == before
        (row,) = json.loads(site.run("schedule", "history", "backup", "-o", "json").stdout)["items"]
        assert (row["end"], row["manual"], row["job"]) == ("fired", True, job["id"])

    def test_waiting_for_it_gives_its_value(self, manned: Home, store: Store) -> None:
        FileBeat(store, manned.work / "tasks.toml").pulse().publish()
        answer = manned.run("schedule", "trigger", "backup", "--wait")
        assert (answer.code, answer.stdout) == (0, "kept 14\n"), answer

    def test_on_each_host_one_job_is_queued(self, site: Home, beat: FileBeat) -> None:
        answer = site.run("schedule", "run-now", "audit")
        assert (answer.code, len(answer.stdout.split())) == (0, 2)
        queues = {job["queue"] for job in json.loads(site.run("ps", "-o", "json").stdout)["items"]}
        assert queues == {"default@web1", "default@web2"}


class TestPast:
    def test_each_instant_is_told_with_its_job_or_the_reason(self, site: Home, store: Store, beat: FileBeat) -> None:
        at = now(store) // MINUTE * MINUTE - 10 * MINUTE
        beat.move_cursor("tick", at - MINUTE)
        (job,) = beat.fire("tick", Occurrence(at_ms=at, end=End.FIRED))
        beat.fire("tick", Occurrence(at_ms=at + MINUTE, end=End.OVERLAP, job=job))

        rows = json.loads(site.run("schedule", "history", "tick", "-o", "json").stdout)["items"]
        assert [(row["end"], row["job"]) for row in rows] == [("skipped:overlap", job), ("fired", job)]
        assert rows[1]["state"] == "queued"
        table = site.run("schedule", "history", "tick").stdout
        assert f"job {job} was active" in table
        assert re.search(rf"fired +{job} +queued +– +1[01]m(\d\ds)? late$", table, re.M), table
        assert len(json.loads(site.run("schedule", "history", "tick", "-n", "1", "-o", "json").stdout)["items"]) == 1

    def test_what_should_have_run_is_shown_and_run_by_hand_once(self, site: Home, store: Store, beat: FileBeat) -> None:
        at = now(store) // MINUTE * MINUTE - 10 * MINUTE
        beat.move_cursor("tick", at - MINUTE)
        beat.fire("tick", Occurrence(at_ms=at, end=End.MISSED), Occurrence(at_ms=at + MINUTE, end=End.MISSED))
        beat.fire("tick", Occurrence(at_ms=at + 2 * MINUTE, end=End.PAUSED))
        beat.move_cursor("tick", now(store))

        rows = json.loads(site.run("schedule", "missed", "-o", "json").stdout)["items"]
        assert [row["end"] for row in rows] == ["skipped:paused", "missed", "missed"]
        refused = site.run("schedule", "missed", "--run")
        assert (refused.code, refused.stdout) == (2, "")
        assert site.run("ps", "-q").stdout == ""

        job = site.run("schedule", "missed", "--run", "-y", "-q").stdout.strip()

        shown = json.loads(site.run("show", job, "-o", "json").stdout)
        assert shown["schedule"] == "tick"
        assert shown["scheduled_for"] == rows[0]["at"], "what a pause has skipped may be run too"
        left = json.loads(site.run("schedule", "missed", "-o", "json").stdout)["items"]
        assert [row["end"] for row in left] == ["missed", "missed"]
        would = json.loads(site.run("schedule", "missed", "--run", "--dry-run", "-o", "json").stdout)["items"]
        assert [plan["scheduled_for"] for plan in would] == [left[0]["at"]]
        again = json.loads(site.run("schedule", "missed", "--run", "--all", "-y", "-o", "json").stdout)["items"]
        assert [job["scheduled_for"] for job in again] == [left[1]["at"], left[0]["at"]]
        assert site.run("schedule", "missed", "--run", "-y").stdout == ""
        assert json.loads(site.run("schedule", "missed", "--run", "-y", "-o", "json").stdout)["items"] == []

    def test_instants_that_no_beat_has_looked_at_are_told_though_every_beat_is_dead(
        self, site: Home, store: Store, beat: FileBeat
    ) -> None:
        at = now(store) // MINUTE * MINUTE - 10 * MINUTE
        beat.move_cursor("tick", at)
        beat.leave()

        (row,) = json.loads(site.run("schedule", "missed", "tick", "-o", "json").stdout)["items"]

        assert (row["end"], row["schedule"]) == ("open", "tick")
        assert row["count"] in (8, 9, 10)
        assert "no beat runs" in row["note"]
        assert items(site, "list")["tick"]["standing"] == "missed"
