"""Jobs named by their place, `@failed` for one, and what is said of them on the screen of `show`."""

from __future__ import annotations

import re

from tests.support import Home

TASKS = """
[tasks.hello]
run = "echo hello"
tags = ["nightly", "db"]

[tasks.fail]
run = "exit 22"
"""


def test_failed_names_the_newest_job_that_failed_and_none_that_was_cancelled(manned: Home) -> None:
    failed = manned.run("run", "fail", "-q").stdout.strip()
    assert manned.run("wait", failed).code == 22
    cancelled = manned.run("run", "hello", "--in", "1h", "-q").stdout.strip()
    manned.run("cancel", cancelled)
    assert manned.run("wait", cancelled).code == 6
    assert manned.run("show", "@failed", "-o", "name").stdout.strip() == failed
    for command in ("show", "retry"):
        assert "@failed" in (said := manned.run(command, "--help").stdout)
        assert "the newest that failed, timed out or was lost" in said


def test_labels_and_tags_stand_in_the_report_of_a_job(manned: Home) -> None:
    job = manned.run("run", "hello", "--label", "env=prod", "--label", "team=ops", "-q").stdout.strip()
    report = [line.split() for line in manned.run("show", job).stdout.splitlines()]
    assert ["Labels", "env=prod", "·", "team=ops"] in report
    assert ["Tags", "nightly", "db"] in report


def test_history_echoes_the_stretch_that_was_asked_for_and_refuses_an_impossible_one(shared_home: Home) -> None:
    asked = shared_home.run("history", "--since", "10m", "--until", "now")
    assert asked.code == 0
    assert re.search(r"^since \w{3} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+00:00 UTC \(10m ago\)$", asked.stderr, re.M)
    assert re.search(r"^until .* UTC \(now\)$", asked.stderr, re.M)
    assert shared_home.run("history", "--since", "10m", "-q").stderr == ""
    for words, said in (
        (("--since", "tomorrow"), "is still to come"),
        (("--since", "1h", "--until", "2h"), "comes after --until"),
    ):
        refused = shared_home.run("history", *words)
        assert (refused.code, refused.stdout) == (2, "")
        assert said in refused.stderr
