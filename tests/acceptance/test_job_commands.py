"""The real `qctl` with a real worker: stdout, stderr and exit codes of what one does with jobs."""

from __future__ import annotations

import json
import sys

import pytest

from qctl.config.requests import caller
from tests.support import Answer, Home, eventually
from tests.support.source import ROOT

TASKS = """
[tasks.hello]
run = 'printf "hello %s\\n" "$name"; echo talk >&2'
timeout = "1m"
params.name = { type = "str", default = "world" }

[tasks.add]
call = "operator:add"
params.a = { type = "int" }
params.b = { type = "int" }
enabled = false

[tasks.disk]
call = "shutil:disk_usage"
params.path = { type = "path", default = "/" }

[tasks.fail]
run = "echo broken >&2; exit 22"

[tasks.moody]
run = "exit 22"
retries = 3
backoff = "1h"

[tasks.late]
run = "sleep 30"
timeout = 0.2
grace = 0.2

[tasks.sleeper]
run = "echo begun; exec sleep 60"
grace = 1

[tasks.steps]
run = 'PYTHON -m qctl progress 1/2 half way && echo one && sleep 0.4 && echo two >&2 && printf rest'
env = { PYTHONPATH = "SOURCE" }

[tasks.killed]
run = "kill -9 $$"
""".replace("PYTHON ", f"{sys.executable} ").replace("SOURCE", str(ROOT))


def submitted(answer: Answer) -> str:
    assert answer.code == 0, answer
    return answer.stdout.strip()


def test_run_prints_the_id_alone_and_warns_when_nobody_reads_the_queue(site: Home) -> None:
    answer = site.run("run", "hello", "name=ana")
    job = submitted(answer)
    assert len(job) == 8
    assert "no live worker reads queue default" in answer.stderr
    assert "qctl up -d" in answer.stderr
    quiet = site.run("run", "hello", "-q", "-Q", "night")
    assert "no live worker reads queue night" in quiet.stderr
    shown = json.loads(site.run("show", job[:6], "-o", "json").stdout)
    assert (shown["schema"], shown["params"], shown["state"]) == ("qctl.job/1", {"name": "ana"}, "queued")
    assert shown["timeout_s"] == 60.0, "as the definition at hand says, if it is the one that is asked for"


def test_run_wait_writes_the_value_alone_and_exits_as_the_job(manned: Home) -> None:
    shell = manned.run("run", "hello", "name=ana", "--wait")
    assert (shell.code, shell.stdout) == (0, "hello ana\n")
    assert "succeeded exit=0" in shell.stderr
    python = manned.run("run", "disk", "-w", "-q")
    assert (python.code, python.stderr) == (0, "")
    assert len(json.loads(python.stdout)) == 3
    document = json.loads(manned.run("run", "hello", "-w", "-o", "json").stdout)
    assert (document["outcome"], document["result"]) == ("succeeded", "hello world\n")


@pytest.mark.parametrize(("task", "code"), [("fail", 22), ("late", 124), ("killed", 137)])
def test_a_failed_job_gives_its_exit_code_and_no_value(manned: Home, task: str, code: int) -> None:
    answer = manned.run("run", task, "--wait")
    assert (answer.code, answer.stdout) == (code, "")
    assert "qctl retry" in answer.stderr
    assert manned.run("wait", "@last").code == code
    assert manned.run("history", "-q", "--state", "failed", "--state", "timeout").stdout.strip() != ""
    assert "error[" not in answer.stderr


def test_run_follow_passes_both_streams_on_and_does_not_repeat_the_value(manned: Home) -> None:
    """Cases L1, L2 and L9."""
    answer = manned.run("run", "steps", "--follow")
    assert (answer.code, answer.stdout) == (0, "one\nrest")
    assert "two\n" in answer.stderr


def test_a_command_of_its_own_runs_in_the_callers_folder_only_where_that_is_allowed(site: Home) -> None:
    refused = site.run("run", "--", "pwd")
    assert (refused.code, refused.stdout) == (77, "")
    site.write("tasks.toml", "[qctl]\nadhoc = true\n")
    worker = site.start("worker")
    answer = site.run("run", "-w", "--", "sh", "-c", 'echo "$PWD" "$@"; exit 3', "sh", "-w", "two words")
    assert answer.code == 3
    assert f"{site.work} -w two words" in answer.stderr
    worker.stop()


def test_logs_follow_a_job_to_its_end_and_exit_as_it_did(manned: Home) -> None:
    """Case L7."""
    job = submitted(manned.run("run", "steps"))
    followed = manned.run("logs", "-f", job)
    assert (followed.code, followed.stdout) == (0, "one\ntwo\nrest")
    assert manned.run("logs", job, "--stderr").stdout == "two\n"
    assert manned.run("logs", job, "--stdout", "-n", "1").stdout == "rest"
    assert [json.loads(line)["stream"] for line in manned.run("logs", job, "-o", "jsonl").stdout.splitlines()] == [
        *("stdout", "stderr", "stdout")
    ]
    stamped = manned.run("logs", "@last", "-t", "--prefix").stdout.splitlines()
    assert [line.split(" ", 2)[1] for line in stamped] == [job] * 3
    fail = submitted(manned.run("run", "fail"))
    assert manned.run("logs", "-f", fail).code == 22


def test_progress_is_said_from_inside_and_seen_from_outside(manned: Home) -> None:
    job = submitted(manned.run("run", "steps"))
    assert manned.run("wait", job, "-q").code == 0
    progress = json.loads(manned.run("show", job, "-o", "json").stdout)["progress"]
    assert progress == {"fraction": 0.5, "text": "half way"}
    outside = manned.run("progress", "50%")
    assert (outside.code, outside.stdout) == (2, "")
    assert "inside a job only" in outside.stderr


def test_cancel_says_whether_it_was_queued_running_or_over(manned: Home) -> None:
    later = submitted(manned.run("run", "hello", "--in", "1h"))
    would = manned.run("cancel", later, "--dry-run")
    assert "would be cancelled" in would.stdout
    assert "it never starts" in manned.run("cancel", later).stdout
    assert manned.run("wait", later).code == 6
    running = submitted(manned.run("run", "sleeper"))
    assert manned.run("wait", running, "--for", "started", "--timeout", "10s").code == 0
    assert "told to stop" in manned.run("cancel", running, "--reason", "enough").stdout
    assert manned.run("wait", running).code == 143
    shown = json.loads(manned.run("show", running, "-o", "json").stdout)
    assert shown["error"]["message"].endswith(": enough"), "kept with the job"
    again = manned.run("cancel", running)
    assert (again.code, "had ended already: cancelled" in again.stdout) == (0, True)
    assert manned.run("cancel", running, "--strict").code == 5


def test_a_job_that_is_cancelled_between_attempts_exits_as_its_last_attempt_did(manned: Home) -> None:
    job = submitted(manned.run("run", "moody"))
    eventually(lambda: json.loads(manned.run("show", job, "-o", "json").stdout)["state"] == "scheduled", within=15.0)
    assert "cancelled: it is not tried again" in manned.run("cancel", job).stdout
    assert manned.run("wait", job).code == 22


def test_wait_gives_up_after_its_timeout_and_the_job_goes_on(manned: Home) -> None:
    job = submitted(manned.run("run", "sleeper"))
    answer = manned.run("wait", job, "--timeout", "0.3s")
    assert (answer.code, answer.stdout) == (75, "")
    assert f"qctl wait {job}" in answer.stderr
    quick = submitted(manned.run("run", "hello"))
    assert manned.run("wait", job, quick, "--any").code == 0
    manned.run("cancel", job)
    assert manned.run("wait", job, quick).code == 1


def test_retry_runs_the_same_job_again_or_a_copy(manned: Home) -> None:
    manned.run("run", "fail", "-w")
    again = manned.run("retry", "@failed", "-q")
    job = submitted(again)
    assert manned.run("wait", job).code == 22
    assert json.loads(manned.run("show", job, "-o", "json").stdout)["attempt"] == 2
    copy = submitted(manned.run("retry", job, "--new", "-q"))
    assert copy != job
    assert manned.run("wait", copy).code == 22
    report = manned.run("show", job).stdout
    assert "exit 22 on attempt 2/2" in report
    assert f"Retried by {caller()}, " in report
    assert f"qctl retry {job}" in report


def test_history_lists_what_ended_and_goes_on_where_it_stopped(manned: Home) -> None:
    jobs = [submitted(manned.run("run", "hello")) for _ in range(3)]
    manned.run("wait", *jobs)
    first = json.loads(manned.run("history", "-n", "2", "-o", "json").stdout)
    assert [item["outcome"] for item in first["items"]] == ["succeeded", "succeeded"]
    rest = json.loads(manned.run("history", "--before", first["next"], "-o", "json").stdout)
    assert {item["id"] for item in first["items"] + rest["items"]} >= set(jobs)
    assert rest["next"] is None
    assert manned.run("history", "--since", "1h", "--task", "nothing", "-o", "name").stdout == ""
    table = manned.run("history").stdout
    assert "redis.sock" in table.splitlines()[-1]
    header = manned.run("history", "-o", "tsv").stdout.splitlines()[0].split("\t")
    assert header[:9] == ["Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"]
    assert header[9:13] == ["id", "task", "state", "outcome"]


def test_a_date_is_echoed_in_full_and_a_past_one_refused(site: Home) -> None:
    later = site.run("run", "hello", "--at", "tomorrow 6am", "-o", "json")
    assert json.loads(later.stdout)["state"] == "scheduled"
    assert "06:00:00 +00:00 UTC (in " in later.stderr
    past = site.run("run", "hello", "--at", "yesterday")
    assert (past.code, past.stdout) == (2, "")
    assert site.run("run", "hello", "--at", "10m", "--in", "10m").code == 2
    listed = json.loads(site.run("ps", "-o", "json").stdout)["items"]
    assert [item["state"] for item in listed] == ["scheduled"]


def test_a_key_that_is_held_returns_skips_replaces_or_fails(site: Home) -> None:
    first = submitted(site.run("run", "hello", "--key", "nightly"))
    assert submitted(site.run("run", "hello", "--key", "nightly")) == first
    assert submitted(site.run("run", "hello", "--key", "nightly", "--if-exists", "skip")) == ""
    refused = site.run("run", "hello", "--key", "nightly", "--if-exists", "fail")
    assert (refused.code, refused.stdout) == (5, "")
    assert first in refused.stderr
    assert submitted(site.run("run", "hello", "--key", "nightly", "--if-exists", "replace")) != first


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["helo"], 4, "did you mean `hello`?"),
        (["hello", "nam=x"], 2, "did you mean `name`?"),
        (["hello", "name"], 2, "`name` is no parameter"),
        (["hello", "name=@nowhere"], 2, "No such file"),
        (["hello", "name:={"], 2, "is not JSON"),
        (["hello", "-p", "hihg"], 2, "did you mean `high`?"),
        (["hello", "--in", "soon"], 2, "`soon` is no duration"),
        (["hello", "--timeout", "5s"], 2, "goes with --wait or --follow"),
        (["hello | (disk"], 2, "cannot read the pipeline"),
        (["add", "a=1", "b=2"], 5, "is disabled"),
        ([], 2, "run what?"),
    ],
)
def test_a_wrong_run_is_refused_before_anything_is_enqueued(site: Home, words: list[str], code: int, said: str) -> None:
    answer = site.run("run", *words)
    assert (answer.code, answer.stdout) == (code, "")
    assert said in answer.stderr
    assert json.loads(site.run("ps", "-o", "json").stdout)["items"] == []


def test_dry_run_submits_nothing(site: Home) -> None:
    answer = site.run("run", "hello", "name=ana", "--dry-run")
    assert (answer.code, "would submit hello to queue default" in answer.stdout) == (0, True)
    assert site.run("ps", "-q").stdout == ""


def test_a_job_that_is_not_there_exits_4(site: Home) -> None:
    for words in (["show", "zzzzzzzz"], ["logs", "@last"], ["wait", "@failed"], ["cancel", "zzzz"]):
        assert site.run(*words).code == 4, words
    assert site.run("show", "no/such").code == 4


def test_run_local_needs_neither_server_nor_worker(home: Home) -> None:
    home.write("tasks.toml", TASKS)
    answer = home.run("run", "hello", "name=ana", "--local")
    assert (answer.code, answer.stdout) == (0, "hello ana\n")
    assert "talk" in answer.stderr
    assert home.run("run", "fail", "--local").code == 22
    assert home.run("run", "late", "--local").code == 124
    assert len(json.loads(home.run("run", "disk", "--local", "--wait").stdout)) == 3
    assert not (home.state / "redis.sock").exists()
