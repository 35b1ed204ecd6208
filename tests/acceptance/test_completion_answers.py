"""`qctl __complete`: what the scripts are told, and that they are told nothing else whatever goes wrong."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.store import Store
from tests.support import Home
from tests.support.command_line import Answer
from tests.support.store_seed import SeedWorker, a_job, submit

TASKS = """
[tasks.backup-db]
doc = "Dump the main database"
run = "true"

[queues.night]
"""
NOTHING = Answer(0, "", "")


def values(answer: Answer) -> list[str]:
    assert (answer.code, answer.stderr) == (0, "")
    return [line.partition("\t")[0] for line in answer.stdout.splitlines()]


def test_jobs_are_told_with_task_state_and_time_and_harmlessly(site: Home, store: Store) -> None:
    submit(store, a_job("0abc1234", "backup-db", b'{"task":"backup-db"}'))
    submit(store, a_job("0evil234", "x", b'{"task":"x\\u001b]0;owned\\u0007\\ty"}'))
    worker = SeedWorker(store).register()
    worker.claim()
    said = site.run("__complete", "jobs", "0abc").stdout
    assert said.startswith("0abc1234\tbackup-db running ")
    assert "\x1b" not in site.run("__complete", "jobs", "").stdout
    assert values(site.run("__complete", "jobs", "")) == ["0evil234", "0abc1234", "@last", "@failed"]
    assert set(values(site.run("__complete", "active-jobs", ""))) == {"0evil234", "0abc1234", "@last"}
    assert values(site.run("__complete", "ended-jobs", "")) == []


def test_of_many_jobs_the_newest_that_fit_a_screen_are_told_and_older_ones_by_their_begin(
    site: Home, store: Store
) -> None:
    submit(store, *(a_job(f"{number:04}zzzz") for number in range(60)))
    for kind in ("jobs", "active-jobs"):
        told = site.run("__complete", kind, "").stdout.splitlines()
        assert len([line for line in told if " queued " in line]) == 20
        assert len(told) < 24
        assert values(site.run("__complete", kind, "0007")) == ["0007zzzz"]


def test_queues_are_those_of_redis_and_of_the_file(site: Home, store: Store) -> None:
    submit(store, a_job(queue="archive"))
    assert set(values(site.run("__complete", "queues", ""))) == {"night", "default", "archive"}


def test_workers_are_told_by_their_labels_with_what_they_run_and_one_that_is_named_no_more(
    site: Home, store: Store
) -> None:
    for name in ("db1", "db2", "web1"):
        SeedWorker(store, id=name).register()
    submit(store, a_job("0abc1234"))
    SeedWorker(store, id="db2").take()
    assert site.run("__complete", "workers", "db").stdout == "db1\t0 running\ndb2\t1 running\n"
    assert values(site.run("__complete", "workers", "", "worker", "stop", "db1")) == ["db2", "web1"]
    assert values(site.run("__complete", "query", "worker:w")) == ["worker:web1"]


def test_a_label_that_no_worker_has_is_told_with_the_one_that_may_be_meant(site: Home, store: Store) -> None:
    SeedWorker(store, id="db1").register()
    answer = site.run("worker", "show", "db11")
    assert answer.code == 4
    assert "no worker db11" in answer.stderr
    assert "did you mean `db1`?" in answer.stderr
    assert "qctl worker list" in answer.stderr


def test_flags_before_the_cursor_decide_whose_names_are_told(site: Home) -> None:
    site.write("other/tasks.toml", TASKS.replace("backup-db", "elsewhere"))
    assert values(site.run("__complete", "tasks", "", "run")) == ["backup-db"]
    assert values(site.run("__complete", "tasks", "", "-C", "other", "run")) == ["elsewhere"]
    assert values(site.run("__complete", "tasks", "", "--file", "other/tasks.toml", "run")) == ["elsewhere"]
    assert site.run("__complete", "queues", "arc", "--namespace", "of-nobody", "queue", "pause") == NOTHING


def test_an_edit_is_told_at_the_next_tab_and_a_broken_file_as_it_was_before(site: Home) -> None:
    assert values(site.run("__complete", "tasks", "")) == ["backup-db"]
    site.write("tasks.toml", TASKS + "[tasks.more]\nrun = 'true'\n")
    assert values(site.run("__complete", "tasks", "")) == ["backup-db", "more"]
    site.write("tasks.toml", "[tasks")
    assert values(site.run("__complete", "tasks", "")) == ["backup-db", "more"]


def test_no_server_is_started_for_it(home: Home) -> None:
    for kind in ("jobs", "queues", "workers", "tasks"):
        assert home.run("__complete", kind, "") == NOTHING
    assert not home.state.exists()


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """The URL of something that takes connections and never says a word."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "mute"))
        listening.listen()
        yield f"unix://{tmp_path}/mute"


def test_a_redis_that_is_mute_or_away_is_passed_over_in_silence(site: Home, mute: str) -> None:
    for url in (mute, "redis://127.0.0.1:1/0", "nonsense"):
        assert site.run_in_earnest("__complete", "jobs", "", "--redis", url) == NOTHING
        assert values(site.run_in_earnest("__complete", "queues", "", "--redis", url)) == ["night", "default"]


@pytest.mark.parametrize("words", [[], ["tasks"], ["nonsense", ""], ["query", "nonsense:"], ["params nobody", ""]])
def test_what_nobody_understands_is_passed_over_in_silence(site: Home, words: list[str]) -> None:
    assert site.run("__complete", *words) == NOTHING
