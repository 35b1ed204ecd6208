"""An act whose answer is lost may have been carried out: who asked for it is told so, and what tells how it stands."""

from __future__ import annotations

import json

import pytest

from qctl.model.exit_codes import TABLE
from qctl.store.command import script
from tests.support import Home
from tests.support.proxy import Proxy

TASKS = """
[tasks.hello]
run = "true"

[tasks.other]
run = "true"
"""


@pytest.fixture
def ended(shared_home: Home) -> str:
    """A job that was cancelled before it began, and may be retried."""
    shared_home.write("tasks.toml", TASKS)
    job = shared_home.run("run", "hello", "-q").stdout.strip()
    assert shared_home.run("cancel", job).code == 0
    return job


def through(proxy: Proxy) -> dict[str, str]:
    return {"QCTL_REDIS": proxy.url, "QCTL_REDIS_TIMEOUT": "20s"}


def known(home: Home, verb: str, *words: str) -> bytes:
    """The name of a verb's script, once the server knows it: from then on there is one answer to it."""
    assert home.run(*words).code == 0
    return script(verb).sha


def state_of(home: Home, job: str) -> str:
    return str(json.loads(home.run("show", job, "-o", "json").stdout)["state"])


def test_a_retry_whose_answer_is_lost_for_good_is_in_doubt(shared_home: Home, proxy: Proxy, ended: str) -> None:
    known(shared_home, "revive", "retry", ended)
    shared_home.run("cancel", ended)
    proxy.cut(script("revive").sha, times=2)
    answer = shared_home.run("retry", ended, env=through(proxy))
    assert answer.code == 76, answer
    assert f"{ended} was being retried; that may or may not have happened" in answer.stderr
    assert f"help: qctl show {ended}" in answer.stderr
    assert state_of(shared_home, ended) == "queued"


def test_a_retry_of_several_that_is_in_doubt_names_them(shared_home: Home, proxy: Proxy, ended: str) -> None:
    other = shared_home.run("run", "other", "-q").stdout.strip()
    shared_home.run("cancel", other)
    known(shared_home, "revive", "retry", ended, other)
    shared_home.run("cancel", ended, other)
    proxy.cut(script("revive").sha, times=2)
    answer = shared_home.run("retry", ended, other, env=through(proxy))
    assert answer.code == 76, answer
    assert f"help: qctl show {ended} {other}" in answer.stderr


def test_a_retry_that_was_heard_the_first_time_is_told_as_done(shared_home: Home, proxy: Proxy, ended: str) -> None:
    known(shared_home, "revive", "retry", ended)
    shared_home.run("cancel", ended)
    proxy.cut(script("revive").sha)
    answer = shared_home.run("retry", ended, "--strict", env=through(proxy))
    assert (answer.code, answer.stdout) == (0, f"{ended} hello: queued again\n"), answer


def test_a_cancel_stands_where_redis_goes_away_right_after(shared_home: Home, proxy: Proxy, ended: str) -> None:
    job = shared_home.run("run", "other", "-q").stdout.strip()
    proxy.refuse_after(script("cancel").sha)
    answer = shared_home.run("cancel", job, env=through(proxy))
    assert (answer.code, answer.stdout) == (0, f"{job} other: cancelled: it never starts\n"), answer


@pytest.mark.parametrize(
    ("verb", "words", "look"),
    [
        ("cancel", "cancel {job}", "qctl show {job}"),
        ("pause", "queue pause default", "qctl queue list"),
        ("resume", "queue resume default", "qctl queue list"),
        ("cancel", "queue purge default -y", "qctl queue show default"),
        ("remove", "rm {ended} -y", "qctl show {ended}"),
    ],
    ids=["cancel", "pause", "resume", "purge", "rm"],
)
def test_other_acts_whose_answer_is_lost_are_in_doubt_too(
    shared_home: Home, proxy: Proxy, ended: str, verb: str, words: str, look: str
) -> None:
    names = {"job": shared_home.run("run", "other", "-q").stdout.strip(), "ended": ended}
    proxy.cut(script(verb).sha, times=3)
    answer = shared_home.run(*words.format(**names).split(), env=through(proxy))
    assert answer.code == 76, answer
    assert f"help: {look.format(**names)}" in answer.stderr
    (act,) = (word for word in words.split() if word in ("cancel", "pause", "resume", "purge", "rm"))
    assert f" {act}" in TABLE["76"], "what scripts go by says of which acts this is"


@pytest.mark.parametrize(
    ("verb", "words", "said"),
    [
        ("pause", "queue pause default", "default: paused"),
        ("resume", "queue resume default", "default: was not paused"),
    ],
)
def test_a_queue_act_stands_where_redis_goes_away_right_after(
    shared_home: Home, proxy: Proxy, ended: str, verb: str, words: str, said: str
) -> None:
    known(shared_home, verb, *words.split())
    shared_home.run("queue", "resume", "default")
    proxy.refuse_after(script(verb).sha)
    answer = shared_home.run(*words.split(), env=through(proxy))
    assert (answer.code, said in answer.stdout) == (0, True), answer
    assert f"warning: default was {verb}d; how it stands now is not known: " in answer.stderr


def test_a_purge_in_doubt_names_the_file_in_which_the_jobs_stand(shared_home: Home, proxy: Proxy, ended: str) -> None:
    job = shared_home.run("run", "other", "-q").stdout.strip()
    proxy.cut(script("cancel").sha, times=3)
    answer = shared_home.run("queue", "purge", "default", "-y", "--backup", "gone.jsonl", env=through(proxy))
    assert "while queue default was being purged into gone.jsonl; that may or may not" in answer.stderr
    assert job in (shared_home.work / "gone.jsonl").read_text()


def test_copies_that_were_queued_before_one_is_in_doubt_are_named(shared_home: Home, proxy: Proxy, ended: str) -> None:
    other = shared_home.run("run", "other", "-q").stdout.strip()
    shared_home.run("cancel", other)
    proxy.cut(b"other", times=3)
    answer = shared_home.run("retry", ended, other, "--new", env=through(proxy))
    (copy,) = [job for job in shared_home.run("ps", "-q").stdout.split() if f"{job} was queued before" in answer.stderr]
    assert (answer.code, len(copy)) == (76, 8), answer
