"""The real `qctl` and whole queues: what is refused, held back, paused and purged."""

from __future__ import annotations

import json

import pytest

from tests.support import Home, eventually

TASKS = """
[queues.mails]
max_length = 2

[tasks.mail]
run = "true"
queue = "mails"

[tasks.dump]
run = "exec sleep 30"
max_running = 1
params.of = { type = "str", default = "main" }

[tasks.alone]
run = "true"
unique = "params"
params.of = { type = "str", default = "main" }
"""


def test_a_full_queue_refuses_with_75_and_says_what_to_do(site: Home) -> None:
    for _ in range(2):
        assert site.run("run", "mail", "-q").code == 0

    answer = site.run("run", "mail")

    assert (answer.code, answer.stdout) == (75, "")
    assert "queue mails holds 2 jobs, its max_length" in answer.stderr
    assert "qctl queue show mails" in answer.stderr
    assert len(json.loads(site.run("ps", "-o", "json").stdout)["items"]) == 2


def test_a_retry_into_a_full_queue_is_refused_with_75_and_changes_nothing(site: Home) -> None:
    first = site.run("run", "mail", "-q").stdout.strip()
    assert site.run("cancel", first).code == 0
    for _ in range(2):
        assert site.run("run", "mail", "-q").code == 0

    answer = site.run("retry", first)

    assert (answer.code, "not queued" in answer.stdout) == (75, True)
    assert "queue mails holds 2 jobs, its max_length" in answer.stderr
    assert json.loads(site.run("show", first, "-o", "json").stdout)["state"] == "ended"


def test_a_unique_task_is_refused_with_5_while_its_job_is_active(site: Home) -> None:
    first = site.run("run", "alone", "-q").stdout.strip()

    answer = site.run("run", "alone")

    assert (answer.code, answer.stdout) == (5, "")
    assert f"task alone is unique, and its job {first} has not ended yet" in answer.stderr
    assert site.run("run", "alone", "of=other", "-q").code == 0
    site.run("cancel", first)
    assert site.run("run", "alone", "-q").code == 0
    again = site.run("retry", first)
    assert (again.code, "not queued, for its task is unique" in again.stdout) == (5, True)


def test_a_job_that_a_limit_holds_back_says_which_one(manned: Home) -> None:
    first, second = (manned.run("run", "dump", f"of={name}", "-q").stdout.strip() for name in ("a", "b"))
    held = eventually(lambda: "max_running of task dump" in manned.run("show", second).stdout, within=10.0)
    assert held

    shown = manned.run("ps")
    assert "held" in next(line for line in shown.stdout.splitlines() if line.startswith(second))
    (queue,) = json.loads(manned.run("queue", "list", "-o", "json").stdout)["items"]
    assert (queue["name"], queue["held"], queue["running"]) == ("default", 1, 1)
    assert "1 held by limits" in manned.run("status").stdout

    manned.run("cancel", first)
    assert manned.run("wait", second, "--for", "started", "--timeout", "10s").code == 0
    manned.run("cancel", second)


def test_a_paused_queue_starts_nothing_until_it_is_resumed(manned: Home) -> None:
    paused = manned.run("queue", "pause", "mails", "--for", "1h", "--reason", "server is moving")
    assert (paused.code, paused.stdout.startswith("mails: paused for 1h, until 20")) == (0, True)

    submitted = manned.run("run", "mail", "-q")
    job = submitted.stdout.strip()
    assert "(server is moving): the job waits as long as that stands" in submitted.stderr
    assert "Held by    queue mails is paused by" in manned.run("show", job).stdout
    assert manned.run("wait", job, "--timeout", "0.5s").code == 75
    assert "server is moving" in manned.run("queue", "list").stdout
    again = manned.run("queue", "pause", "mails", "--strict")
    assert (again.code, "already paused" in again.stderr) == (5, True)
    shown = json.loads(manned.run("queue", "show", "mails", "-o", "json").stdout)
    assert (shown["ready"], shown["paused"]["reason"], shown["max_length"]) == (1, None, 2)

    assert manned.run("queue", "resume", "mails").stdout == "mails: goes on\n"
    assert manned.run("wait", job, "--timeout", "10s").code == 0


def test_all_queues_are_paused_and_resumed_at_once(manned: Home) -> None:
    assert manned.run("pause", "--all", "--reason", "moving").code == 0
    job = manned.run("run", "alone", "-q").stdout.strip()

    assert manned.run("wait", job, "--timeout", "0.5s").code == 75
    assert "paused: every queue" in manned.run("status").stdout
    assert "all queues are paused beside it" in manned.run("resume", "default").stderr

    assert manned.run("resume", "--all").code == 0
    assert manned.run("wait", job, "--timeout", "10s").code == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["queue", "pause", "mals"], 4, "no queue `mals`, did you mean `mails`?"),
        (["queue", "purge", "mals", "-y"], 4, "no queue `mals`"),
        (["queue", "show", "mals"], 4, "no queue `mals`"),
        (["pause"], 2, "name the queues to pause, or say --all"),
        (["pause", "mails", "--all"], 2, "name the queues to pause, or say --all"),
        (["resume"], 2, "name the queues to resume, or say --all"),
        (["queue", "pause", "mails", "--for", "soon"], 2, "--for"),
        (["queue", "pause", "mails", "--for", "0"], 2, "--for 0 pauses nothing"),
    ],
)
def test_what_is_meant_has_to_be_said(site: Home, words: list[str], code: int, said: str) -> None:
    answer = site.run(*words)
    assert (answer.code, answer.stdout) == (code, "")
    assert said in answer.stderr


class TestPurge:
    def test_everything_that_waits_is_written_down_and_cancelled(self, site: Home) -> None:
        ids = [site.run("run", "alone", f"of={number}", "-q").stdout.strip() for number in range(3)]
        later = site.run("run", "alone", "--in", "1h", "-q").stdout.strip()

        answer = site.run("queue", "purge", "default", "-y", "-o", "json")

        facts = json.loads(answer.stdout)
        assert (answer.code, facts["found"], facts["cancelled"]) == (0, 3, 3)
        with open(facts["backup"]) as file:
            written = [json.loads(line) for line in file]
        assert sorted(job["id"] for job in written) == sorted(ids)
        assert {job["params"]["of"] for job in written} == {"0", "1", "2"}
        ended = json.loads(site.run("show", ids[0], "-o", "json").stdout)
        assert (ended["state"], ended["outcome"]) == ("ended", "cancelled")
        assert json.loads(site.run("show", later, "-o", "json").stdout)["state"] == "scheduled"
        assert "purge of queue default" in site.run("show", ids[0]).stdout

    def test_without_a_terminal_and_without_y_nothing_is_done(self, site: Home) -> None:
        site.run("run", "alone", "-q")

        answer = site.run("queue", "purge", "default")

        assert (answer.code, answer.stdout) == (2, "")
        assert "1 job of queue default will be cancelled" in answer.stderr
        assert "1" in site.run("queue", "list", "-o", "tsv").stdout

    def test_a_dry_run_counts_and_only_what_is_old_enough_goes(self, site: Home) -> None:
        site.run("run", "alone", "-q")

        assert site.run("queue", "purge", "default", "--dry-run").stdout == "would cancel 1 job of queue default\n"
        old = site.run("queue", "purge", "default", "--older-than", "1h", "-y")
        assert old.stdout == "nothing waits in queue default\n"

    def test_a_backup_never_overwrites_a_file(self, site: Home) -> None:
        site.run("run", "alone", "-q")
        site.write("kept.jsonl", "precious\n")

        answer = site.run("queue", "purge", "default", "-y", "--backup", "kept.jsonl")

        assert (answer.code, "cannot write kept.jsonl" in answer.stderr) == (2, True)
        assert (site.work / "kept.jsonl").read_text() == "precious\n"
        assert len(json.loads(site.run("ps", "-o", "json").stdout)["items"]) == 1


@pytest.mark.parametrize("line", ["queue pause mails", "pause --all", "cancel @last"])
def test_a_reason_that_is_not_utf_8_is_refused_and_nothing_is_done(site: Home, line: str) -> None:
    site.run("run", "mail", "-q")

    answer = site.run(*line.split(), "--reason", "caf\udce9")

    assert (answer.code, answer.stdout) == (2, ""), answer
    assert answer.stderr.startswith("error[Q002]: --reason: `caf"), answer
    assert "is not UTF-8" in answer.stderr
    assert json.loads(site.run("ps", "-o", "json").stdout)["items"][0]["state"] == "queued"
    assert all(queue["paused"] is None for queue in json.loads(site.run("queue", "list", "-o", "json").stdout)["items"])
