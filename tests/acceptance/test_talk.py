"""What is said to people about jobs: once, in words that fit, and with a warning where nothing would ever happen."""

from __future__ import annotations

from tests.support import Home

TASKS = """
[tasks.hello]
run = "echo hello"

[tasks.fail]
run = "echo broken >&2; exit 22"

[tasks.missing]
exec = ["/no/such/program"]

[tasks.disk]
call = "shutil:disk_usage"
params.path = { type = "path", default = "/" }
"""


def test_why_a_job_failed_is_said_once(manned: Home) -> None:
    waited = manned.run("run", "disk", "path=/nowhere", "--wait")
    assert waited.stderr.count("No such file or directory") == 1
    local = manned.run("run", "disk", "path=/nowhere", "--local")
    assert local.stderr.count("No such file or directory") == 1
    assert manned.run("run", "fail", "--local").stderr.splitlines()[:1] == ["broken"]
    assert manned.run("run", "fail", "--local").stderr.count("exit 22") == 1
    waited = manned.run("run", "fail", "--wait")
    assert waited.stderr.count("broken") == 1
    assert "broken" in manned.run("errors", "-o", "tsv").stdout
    assert "not_found" not in manned.run("run", "missing", "--wait").stderr


def test_a_job_for_later_and_one_that_stands_are_not_called_queued(site: Home) -> None:
    later = site.run("run", "hello", "--in", "1h", "--key", "night")
    assert later.stderr.startswith("starts ")
    assert f"scheduled {later.stdout.strip()}" in later.stderr
    held = site.run("run", "hello", "--key", "night")
    assert held.stdout == later.stdout
    assert "that one stands" in held.stderr
    assert "queued" not in held.stderr


def test_wait_warns_when_nobody_reads_the_queue(site: Home) -> None:
    job = site.run("run", "hello", "-q").stdout.strip()
    answer = site.run("wait", job, "--timeout", "0.1s")
    assert (answer.code, "no live worker reads queue default" in answer.stderr) == (75, True)


def test_logs_of_an_attempt_that_never_was_are_not_found(manned: Home) -> None:
    job = manned.run("run", "hello", "-q").stdout.strip()
    manned.run("wait", job)
    answer = manned.run("logs", job, "--attempt", "2")
    assert (answer.code, answer.stdout) == (4, "")
    assert "has had 1 attempt" in answer.stderr
