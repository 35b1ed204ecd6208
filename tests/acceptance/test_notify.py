"""`qctl notify`: who is told of what, and an example of a report sent the way a real one goes."""

from __future__ import annotations

import json
import re

import pytest

from tests.support import Home, eventually

TASKS = """
[tasks.feed]
run = "echo no feed >&2; exit 22"
notify = ["ops", "dev"]

[tasks.tidy]
run = "true"
notify = "ops"

[notify.ops]
command = ["cat"]
repeat = "1d"

[notify.dev]
command = ["/bin/sh", "-c", "cat >/dev/null; echo no mail server >&2; exit 75"]
on = ["fail", "recover"]
"""


def test_the_list_says_who_is_told_of_what_by_which_command(site: Home) -> None:
    answer = site.run("notify", "list")

    assert answer.code == 0
    rows = [line.split() for line in answer.stdout.splitlines()]
    assert rows[0] == ["NAME", "TOLD", "OF", "AGAIN", "TASKS", "COMMAND"]
    assert rows[1] == ["ops", "fail", "recover", "missed", "late", "1d", "feed", "tidy", "cat"]
    assert "try one: qctl notify test ops --wait" in answer.stdout


def test_the_list_for_programs(site: Home) -> None:
    items = json.loads(site.run("notify", "list", "-o", "json").stdout)["items"]

    assert items[0] == {
        "name": "ops",
        "on": ["fail", "recover", "missed", "late"],
        "repeat_s": 86400.0,
        "tasks": ["feed", "tidy"],
        "command": ["cat"],
    }
    assert site.run("notify", "list", "-q").stdout.split() == ["ops", "dev"]


def test_a_test_is_a_recorded_job_that_gets_a_report_on_stdin(manned: Home) -> None:
    answer = manned.run("notify", "test", "ops", "--wait")

    assert answer.code == 0, answer
    first, empty, head, *_ = answer.stdout.split("\n")
    assert (first, empty) == ("test notice for ops: whoever reads this hears of failures, too", "")
    assert head.startswith("example  00000000")
    job = json.loads(manned.run("show", "@last", "-o", "json").stdout)
    assert (job["task"], job["labels"], job["outcome"]) == ("notify.ops", {"notice": "test"}, "succeeded")


def test_without_waiting_its_id_is_printed(manned: Home) -> None:
    answer = manned.run("notify", "test", "ops")

    job = answer.stdout.strip()
    assert f"qctl wait {job}" in answer.stderr
    assert manned.run("wait", job).code == 0


def test_what_is_wrong_with_a_command_is_seen_at_once(manned: Home) -> None:
    """A test is tried once."""
    answer = manned.run("notify", "test", "dev", "--wait")

    assert answer.code == 75
    assert "no mail server" in answer.stderr


def test_a_failure_is_told_by_itself(manned: Home) -> None:
    failed = manned.run("run", "feed", "-q").stdout.strip()

    def told() -> list[dict[str, object]]:
        items = json.loads(manned.run("history", "--task", "notify.ops", "-o", "json").stdout)["items"]
        return [item for item in items if item["labels"] == {"notice": "fail", "job": failed}]

    eventually(told, within=20.0)
    report = manned.run("logs", str(told()[0]["id"])).stdout
    assert report.startswith("feed failed: exit 22 on attempt 1/1: no feed\n")
    assert "    no feed\n" in report


def test_show_says_who_was_told_of_a_job_when_and_by_which_job(manned: Home) -> None:
    failed = manned.run("run", "feed", "-q").stdout.strip()

    def told() -> str:
        shown = " ".join(manned.run("show", failed).stdout.split())
        return shown if shown.count("(fail, job ") == 2 else ""

    eventually(told, within=20.0)
    found = re.search(r"Notified (.*) Next", told())
    assert found is not None
    said = found[1].split(" · ")
    assert sorted(one.split()[0] for one in said) == ["dev", "ops"]
    by = [one.split()[-1].rstrip(")") for one in said if one.startswith("ops ")]
    names = {one["name"]: one for one in json.loads(manned.run("show", failed, "-o", "json").stdout)["notified"]}
    assert (names["ops"]["on"], names["ops"]["job"]) == ("fail", by[0])
    assert names.keys() == {"ops", "dev"}
    job = json.loads(manned.run("show", *by, "-o", "json").stdout)
    assert (job["task"], job["labels"]["job"]) == ("notify.ops", failed)


@pytest.mark.parametrize("words", [("notify", "test", "opps"), ("run", "notify.opps")])
def test_an_unknown_name_is_told_with_what_was_meant(site: Home, words: tuple[str, ...]) -> None:
    answer = site.run(*words)

    assert answer.code == 4
    assert "opps" in answer.stderr


def test_the_name_that_was_meant(site: Home) -> None:
    assert "did you mean `ops`" in site.run("notify", "test", "opps").stderr.replace("'", "`")


def test_a_job_that_delivers_may_be_asked_for_by_name(manned: Home) -> None:
    assert manned.run("run", "notify.ops", "--wait").code == 0


def test_no_names_at_all(shared_home: Home) -> None:
    shared_home.write("tasks.toml", '[tasks.t]\nrun = "true"\n')
    answer = shared_home.run("notify", "list")
    assert (answer.code, answer.stdout.split("·")[0].strip()) == (0, "no [notify.NAME] in tasks.toml")


def test_check_warns_of_a_name_that_is_not_declared(shared_home: Home) -> None:
    shared_home.write("tasks.toml", '[tasks.t]\nrun = "true"\nnotify = ["opps"]\n[notify.ops]\ncommand = ["cat"]\n')
    assert "Q035" in shared_home.run("check").stdout


def test_a_notifier_that_does_not_get_through_is_told_of_until_it_does(manned: Home) -> None:
    assert manned.run("notify", "test", "dev", "--wait").code == 75
    job = json.loads(manned.run("show", "@last", "-o", "json").stdout)["id"]

    facts = json.loads(manned.run("status", "-o", "json").stdout)

    said = f"[notify.dev] is not told of what it should be: its last job, {job}, "
    assert facts["health"] == "degraded"
    assert any(problem.startswith(said) for problem in facts["problems"]), facts
    checks = {item["name"]: item for item in json.loads(manned.run("doctor", "-o", "json").stdout)["checks"]}
    assert (checks["notices"]["verdict"], checks["notices"]["next"]) == ("warn", f"qctl show {job}")

    text = (manned.work / "tasks.toml").read_text().replace("; exit 75", "")
    manned.write("tasks.toml", text)
    eventually(lambda: manned.run("notify", "test", "dev", "--wait").code == 0, within=20.0)
    assert json.loads(manned.run("status", "-o", "json").stdout)["health"] == "healthy"


def test_a_test_that_nobody_delivers_may_be_given_up(site: Home) -> None:
    answer = site.run("notify", "test", "ops", "--wait", "--timeout", "0.3s")
    assert answer.code == 75
    assert "no live worker reads queue" in answer.stderr
    assert site.run("notify", "test", "ops", "--timeout", "1s").code == 2
