"""The real `qctl` and jobs that wait for others: `run --after`."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support import Home, eventually
from tests.support.command_line import SOURCE

TASKS = f"""
[tasks.ok]
run = 'echo "ok $n"'
params.n = {{ type = "int", default = 1 }}

[tasks.bad]
run = "exit 3"

[tasks.gate]
run = 'while [ ! -e "$at" ]; do sleep 0.02; done'
params.at = {{ type = "path" }}

[tasks.parent]
run = '{sys.executable} -P -m qctl run ok --after "$QCTL_JOB_ID"'
env = {{ PYTHONPATH = "{SOURCE}" }}
"""


def facts(home: Home, job: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(home.run("show", job, "-o", "json").stdout)
    return found


def submit(home: Home, *words: str) -> str:
    answer = home.run("run", "-q", *words)
    assert answer.code == 0, answer
    return answer.stdout.strip()


def test_a_job_starts_when_those_before_it_have_succeeded(manned: Home) -> None:
    first, second = submit(manned, "gate", "at=one"), submit(manned, "gate", "at=two")
    answer = manned.run("run", "ok", "--after", first, "--after", "@last:gate")
    third = answer.stdout.strip()
    assert f"waiting {third} · qctl wait {third}" in answer.stderr
    assert "○ waiting" in manned.run("ps").stdout
    assert "1 waiting" in manned.run("ps").stdout
    assert manned.run("ps", "-q", "state:waiting").stdout.split() == [third]
    shown = manned.run("show", third).stdout
    assert f"After      {first} {second}" in shown
    assert f"Then       {third}" in manned.run("show", first).stdout
    assert (facts(manned, third)["state"], facts(manned, third)["parent_id"]) == ("waiting", first)
    assert facts(manned, first)["children"] == [third]

    manned.write("one", "")
    assert manned.run("wait", first, "--timeout", "15s").code == 0
    assert f"still waits for {second})" in manned.run("show", third).stdout
    manned.write("two", "")
    waited = manned.run("wait", third, "--timeout", "15s")
    assert (waited.code, facts(manned, third)["outcome"]) == (0, "succeeded")
    assert facts(manned, first)["children"] == []


def test_it_is_skipped_with_all_that_wait_for_it_when_one_fails(manned: Home) -> None:
    gate = submit(manned, "gate", "at=open")
    bad = submit(manned, "bad", "--after", gate)
    after = submit(manned, "ok", "--after", bad)
    last = manned.start("run", "ok", "--after", after, "--wait")
    last.wait_for("waiting")
    manned.write("open", "")

    assert last.wait() == 6
    assert f"job {after} did not succeed" in last.stderr
    job = facts(manned, after)
    assert (job["outcome"], job["reason"]) == ("skipped", "upstream_failed")
    assert job["error"]["message"] == f"job {bad} did not succeed"  # type: ignore[index]
    assert f"Why        skipped: job {bad} did not succeed (qctl show {bad})" in manned.run("show", after).stdout
    assert manned.run("run", "ok", "--after", "@failed", "--wait").code == 6, "one that has failed already"
    assert manned.run("retry", bad, after).code == 0
    assert manned.run("wait", after, "--timeout", "15s").code == 0


def test_with_dependents_what_was_skipped_waits_for_what_runs_again(manned: Home) -> None:
    first = submit(manned, "gate", "at=two/gone")
    second = submit(manned, "ok", "--after", first)
    third = submit(manned, "ok", "--after", second)
    assert manned.run("cancel", first).code == 0
    assert manned.run("wait", third, "--timeout", "15s").code == 6
    assert f"qctl retry {first} --with-dependents" in manned.run("show", first).stdout

    assert manned.run("retry", first, "--with-dependents", "--new").code == 2
    rehearsed = manned.run("retry", first, "--with-dependents", "--dry-run").stdout
    assert f"{third} ok: would wait for {second} again" in rehearsed
    answer = manned.run("retry", first, "--with-dependents")
    assert answer.stdout.splitlines() == [
        f"{first} gate: queued again",
        f"{second} ok: waits for {first} again",
        f"{third} ok: waits for {second} again",
    ]
    assert set(manned.run("ps", "-q", "state:waiting").stdout.split()) == {second, third}
    manned.write("two/gone", "")
    assert manned.run("wait", third, "--timeout", "15s").code == 0


def test_a_cancelled_one_skips_them_too_and_a_waiting_job_can_be_cancelled(site: Home) -> None:
    first = submit(site, "ok")
    second, other = (submit(site, "ok", "--after", first) for _ in range(2))
    third = submit(site, "ok", "--after", other)
    assert site.run("cancel", other).code == 0
    assert (facts(site, other)["outcome"], facts(site, third)["reason"]) == ("cancelled", "upstream_cancelled")
    assert site.run("cancel", first).code == 0
    assert facts(site, second)["reason"] == "upstream_cancelled"
    answer = site.run("run", "ok", "--after", first)
    assert (answer.code, f"skipped, for job {first} was cancelled: " in answer.stderr) == (0, True)


def test_more_than_one_call_settles_are_skipped_without_a_worker(site: Home) -> None:
    first = submit(site, "ok")
    site.write("lines", "".join(f"{n}\n" for n in range(700)))
    assert site.run("run", "ok", "--each", "lines", "--after", first).stdout.count("\n") == 700
    assert site.run("cancel", first).code == 0
    assert site.run("ps", "-q").stdout == ""
    assert site.run("history", "-q", "state:skipped", "-n", "1000").stdout.count("\n") == 700


def test_a_worker_goes_on_where_one_call_could_not(manned: Home) -> None:
    gate = submit(manned, "gate", "at=open")
    manned.write("lines", "".join(f"{n}\n" for n in range(450)))
    manned.run("run", "bad", "--each", "lines", "--after", gate)
    answer = manned.run("run", "ok", "--each", "lines", "--after", gate)
    assert answer.code == 0
    manned.write("open", "")
    last = answer.stdout.split()[-1]
    assert manned.run("wait", last, "--timeout", "25s").code == 0
    eventually(lambda: manned.run("ps", "-q").stdout == "", within=25.0)


@pytest.mark.parametrize("said", ["zzzzzzzz", "@last:nothing", "zzzz"])
def test_an_unknown_one_is_exit_4_and_nothing_is_submitted(site: Home, said: str) -> None:
    submit(site, "ok")
    answer = site.run("run", "ok", "--after", said)
    assert (answer.code, answer.stdout) == (4, "")
    assert site.run("run", "ok", "--after", said, "--dry-run").code in (0, 4)
    assert site.run("ps", "-q").stdout.count("\n") == 1


def test_a_job_can_let_another_follow_itself(manned: Home) -> None:
    """Its worker submits in its place: by whole ids, as there is no listing to look in."""
    submit(manned, "parent")
    child = eventually(lambda: manned.run("history", "-q", "task:ok").stdout.strip(), within=15.0)
    parent = facts(manned, "@last:parent")
    job = facts(manned, str(child))
    assert (job["outcome"], job["parent_id"]) == ("succeeded", parent["id"])
    moves = [json.loads(line) for line in manned.run("events", "-o", "jsonl").stdout.splitlines()]
    order = [(move["type"], job_id) for move in moves for job_id in move["jobs"]]
    assert order.index(("complete", parent["id"])) < order.index(("claim", job["id"]))


def test_a_local_run_waits_for_nobody(site: Home) -> None:
    answer = site.run("run", "ok", "--local", "--after", "x")
    assert (answer.code, "--after waits for others" in answer.stderr) == (2, True)


def test_without_a_worker_a_temporary_one_runs_those_before_it_as_well(home: Home) -> None:
    home.write("tasks.toml", TASKS)
    first = submit(home, "ok")
    second = submit(home, "ok", "n=2", "--after", first)
    answer = home.run("run", "ok", "n=3", "--after", second, "--wait", "--timeout", "25s")
    assert (answer.code, answer.stdout) == (0, "ok 3\n")
    assert "a temporary one runs these 3 jobs and goes" in answer.stderr
    assert home.run("down").code == 0
