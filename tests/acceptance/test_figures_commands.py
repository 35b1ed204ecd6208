"""The real `qctl errors` and `qctl stats` over a store with a past."""

from __future__ import annotations

import json

import pytest

from qctl.model.state import Outcome
from qctl.store import Store
from tests.support import Home
from tests.support.store_seed import SeedWorker, a_job, a_record, submit
from tests.support.terminal import Terminal, plain
from tests.support.workflow_seed import a_workflow, chain


@pytest.fixture
def site(shared_home: Home, store: Store) -> Home:
    """A home with a past: two jobs went well, three failed by one error and one by another, one was cancelled."""
    worker = SeedWorker(store).register()
    for number in range(6):
        submit(store, a_job(f"job{number}", task="copy" if number < 2 else "feed", queue=f"q{number % 2}"))
        claim = worker.take()
        times = (claim.enqueued_ms + 1000, claim.enqueued_ms + 1000 + 100 * (number + 1))
        if number < 2:
            worker.complete(claim, record=a_record(times=times))
            continue
        message = f"db{number} refused {number} times" if number < 5 else "no space"
        record = a_record(outcome="failed", times=times, exit_code=7, error_type="exit", error_message=message)
        worker.bury(claim, record=record, outcome=Outcome.FAILED)
    submit(store, a_job("job6", task="feed"))
    store.do(store.verbs.cancel(["job6"], {"by": "ana@db1"}))
    store.do(store.verbs.unregister(worker.id))
    return shared_home


def test_errors_groups_failures_and_names_an_example(site: Home) -> None:
    first, second = json.loads(site.run("errors", "-o", "json").stdout)["items"]
    assert (first["schema"], first["count"], first["example"]) == ("qctl.error_group/1", 3, "job4")
    assert (first["message"], first["exit_code"], first["tasks"]) == ("db4 refused 4 times", 7, ["feed"])
    assert (second["count"], second["message"], second["next"]) == (1, "no space", "qctl show job5")
    shown = json.loads(site.run("show", "job4", "-o", "json").stdout)
    assert shown["error"]["fingerprint"] == first["fingerprint"]
    assert site.run("errors", "-o", "name").stdout == "job4\njob5\n"
    header, *rows = site.run("errors", "-o", "tsv").stdout.splitlines()
    assert header.split("\t")[:2] == ["fingerprint", "count"]
    assert [row.split("\t")[1] for row in rows] == ["3", "1"]
    assert [json.loads(line)["count"] for line in site.run("errors", "-o", "jsonl").stdout.splitlines()] == [3, 1]


def test_errors_keeps_to_its_period(site: Home) -> None:
    assert json.loads(site.run("errors", "--since", "now", "-o", "json").stdout)["items"] == []
    assert site.run("errors", "--since", "now").stdout.startswith("nothing failed since now")
    assert site.run("errors", "--since", "whenever").code == 2


def test_stats_is_one_document_for_programs(site: Home) -> None:
    answer = site.run("stats", "--by", "task", "-o", "json")
    said = json.loads(answer.stdout)
    assert (said["schema"], said["total"], said["read"], said["jobs"], said["by"]) == ("qctl.stats/1", 7, 7, 7, "task")
    assert (said["outcomes"]["succeeded"], said["outcomes"]["failed"], said["outcomes"]["cancelled"]) == (2, 4, 1)
    assert (said["failures"], said["success_percent"]) == (4, 28.571)
    assert said["wait_s"] == {"p50": 1.0, "p95": 1.0}
    assert said["run_s"] == {"p50": 0.3, "p95": 0.6}
    assert [(part["name"], part["jobs"]) for part in said["groups"]] == [("feed", 5), ("copy", 2)]
    assert [one["id"] for one in said["slowest"]] == ["job5", "job4", "job3", "job2", "job1"]
    assert said["most_failing"] == [{"task": "feed", "failures": 4, "jobs": 5}]
    assert said["per_hour"] > 0
    assert answer.stderr == ""
    assert json.loads(site.run("stats", "-o", "jsonl").stdout)["groups"] == []


def test_stats_in_columns_are_the_parts_or_the_whole(site: Home) -> None:
    header, *rows = (line.split("\t") for line in site.run("stats", "--by", "queue", "-o", "tsv").stdout.splitlines())
    assert header[:4] == ["name", "jobs", "succeeded", "failed"]
    assert sorted(row[:4] for row in rows) == [["default", "1", "0", "0"], ["q0", "3", "1", "2"], ["q1", "3", "1", "2"]]
    whole = site.run("stats", "-o", "tsv").stdout.splitlines()[1].split("\t")
    assert whole[:4] == ["all", "7", "2", "4"]
    assert site.run("stats", "--by", "worker", "-o", "name").stdout.split() == ["w", "none"]


def test_figures_of_the_newest_jobs_alone_say_so(site: Home) -> None:
    answer = site.run("stats", "--read", "3", "-o", "json")
    said = json.loads(answer.stdout)
    assert (said["total"], said["read"], said["jobs"]) == (7, 3, 3)
    assert answer.stderr == "warning: read the newest 3 of 7 jobs (--read 7 reads them all)\n"
    assert "read the newest 2 of 5 jobs" in site.run("errors", "--read", "2").stderr
    assert site.run("errors", "--read", "5").stderr == ""


def test_stats_counts_a_workflow_by_its_steps(site: Home, store: Store) -> None:
    worker = SeedWorker(store, "w2").register()
    submit(store, a_workflow(chain("copy", "copy"), "nightly"))
    for _ in range(2):
        worker.complete(worker.take())
    said = json.loads(site.run("stats", "--by", "task", "-o", "json").stdout)
    assert (said["total"], said["read"], said["jobs"], said["outcomes"]["succeeded"]) == (9, 9, 9, 4)
    assert [(part["name"], part["jobs"]) for part in said["groups"]] == [("feed", 5), ("copy", 4)]


def test_a_word_that_is_none_is_refused(site: Home) -> None:
    answer = site.run("stats", "--by", "tsak")
    assert (answer.code, answer.stdout) == (2, "")
    assert "did you mean `task`?" in answer.stderr


def test_both_fit_a_terminal_of_80_by_24(site: Home) -> None:
    for words in (("stats", "--by", "task"), ("errors",)):
        terminal = Terminal(site, *words)
        assert terminal.end() == 0
        lines = plain(terminal.screen)
        assert max(map(len, lines)) <= 80
        assert len(lines) <= 24


def test_an_empty_past_has_no_figures(shared_home: Home) -> None:
    assert shared_home.run("stats").stdout.startswith("no job ended since 24h")
    said = json.loads(shared_home.run("stats", "-o", "json").stdout)
    assert (said["jobs"], said["success_percent"], said["slowest"]) == (0, None, [])
