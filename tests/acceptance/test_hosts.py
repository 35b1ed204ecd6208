"""The real `qctl` and tasks that name their hosts."""

from __future__ import annotations

import json
import os

from tests.support import Home

HERE = os.uname().nodename
TASKS = f"""
[tasks.here]
run = "echo here"
host = "{HERE}"

[tasks.there]
run = "echo there"
host = "elsewhere"

[tasks.either]
run = "echo either"
host = ["elsewhere", "{HERE}"]

[tasks.both]
run = "echo both"
host = ["each", "{HERE}", "elsewhere"]
"""


def test_a_task_of_this_host_is_run_by_its_worker(manned: Home) -> None:
    answer = manned.run("run", "here", "--wait", "-o", "json")
    job = json.loads(answer.stdout)
    assert (answer.code, job["queue"], job["host"]) == (0, f"default@{HERE}", HERE)


def test_a_task_of_another_host_waits_for_a_worker_there(manned: Home) -> None:
    answer = manned.run("run", "there")
    assert answer.code == 0
    assert "no live worker of host elsewhere reads queue default: the job waits for one" in answer.stderr
    waited = manned.run("run", "there", "--wait", "--timeout", "0.5s")
    assert (waited.code, "temporary" in waited.stderr) == (75, False)
    assert manned.run("wait", answer.stdout.strip(), "--timeout", "0.5s").code == 75
    assert manned.run("run", "there", "--host", HERE, "--wait").stdout == "there\n"


def test_of_several_hosts_one_is_taken_that_has_a_worker(manned: Home) -> None:
    assert manned.run("run", "either", "--wait", "--timeout", "15s").stdout == "either\n"


def test_each_host_gets_a_job_of_its_own(manned: Home) -> None:
    answer = manned.run("run", "both")
    first, second = answer.stdout.split()
    assert "queued 2 jobs, one for each host" in answer.stderr
    assert manned.run("wait", first, "--timeout", "15s").code == 0
    shown = json.loads(manned.run("show", second, "-o", "json").stdout)
    assert (shown["state"], shown["host"]) == ("queued", "elsewhere")

    waited = manned.run("run", "both", "--wait", "--timeout", "1s")
    assert waited.code == 75


def test_a_copy_of_a_job_goes_to_the_same_host(manned: Home) -> None:
    job = manned.run("run", "there", "--host", HERE, "-q").stdout.strip()
    assert manned.run("wait", job, "--timeout", "15s").code == 0

    copy = manned.run("retry", job, "--new", "-q").stdout.strip()

    assert json.loads(manned.run("show", copy, "-o", "json").stdout)["host"] == HERE
