"""Walks through ended jobs, and what figures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import redis

from qctl.client.figures import count_ended
from qctl.model.ending import Ending
from qctl.model.state import Outcome, Reason
from qctl.model.view import run_seconds, wait_seconds
from qctl.store import Reading, Store
from qctl.store.command import Command, script, script_call
from qctl.store.past import Past
from tests.support.store_seed import (
    HOUR_MS,
    SeedWorker,
    a_job,
    a_record,
    end_long_ago,
    everything,
    some_json,
    submit,
)


def end_at(store: Store, client: redis.Redis, times: dict[str, int], task: str = "tidy") -> None:
    """Enter ids in a task's index, at these instants; nothing stands behind them."""
    client.zadd(store.keys.ended(task), times)
    client.sadd(store.keys.tasks, task)


def walked(past: Past, page: int) -> list[str]:
    found: list[str] = []
    while ids := past.page(page):
        found += ids
    return found


@pytest.mark.damaged("an index is seeded without jobs")
@pytest.mark.parametrize("page", [1, 7, 100])
def test_tasks_are_merged_newest_first_whatever_the_size_of_a_page(
    store: Store, read: Reading, redis_client: redis.Redis, page: int
) -> None:
    for task in range(5):
        end_at(store, redis_client, {f"t{task}n{n}": 10 * n + task for n in range(60)}, f"task{task}")
    past = read.past()
    assert past.total == 300
    assert walked(past, page) == [f"t{task}n{n}" for n in reversed(range(60)) for task in reversed(range(5))]


@pytest.mark.damaged("an index is seeded without jobs")
@pytest.mark.parametrize("page", [1, 7, 100])
def test_of_many_jobs_that_ended_in_the_same_millisecond_none_is_left_out(
    store: Store, read: Reading, redis_client: redis.Redis, page: int
) -> None:
    """A worker settles up to hundreds in one script."""
    end_at(store, redis_client, {f"j{n}": 5 for n in range(250)} | {"first": 9, "last": 1})
    found = walked(read.past(), page)
    assert (found[0], found[-1]) == ("first", "last")
    assert len(found) == len(set(found)) == 252


@pytest.mark.damaged("an index is seeded without jobs")
def test_a_walk_keeps_to_its_bounds_and_counts_what_is_in_them(
    store: Store, read: Reading, redis_client: redis.Redis
) -> None:
    end_at(store, redis_client, {f"j{n}": n for n in range(10)})
    past = read.past(since_ms=3, until_ms=6)
    assert past.total == 3
    assert walked(past, 2) == ["j5", "j4", "j3"]


@pytest.mark.damaged("an index is seeded without jobs")
def test_what_ends_during_a_walk_is_not_of_it_and_what_is_removed_hides_nothing(
    store: Store, read: Reading, redis_client: redis.Redis
) -> None:
    end_at(store, redis_client, {f"j{n:02}": n for n in range(60)})
    past = read.past()
    found = past.page(25)
    end_at(store, redis_client, {"new": 99})
    redis_client.zrem(store.keys.ended("tidy"), *found)
    assert found + walked(past, 25) == [f"j{n:02}" for n in reversed(range(60))]


@pytest.mark.damaged("an index is seeded without jobs")
def test_only_tasks_that_fit_are_walked(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    end_at(store, redis_client, {"one": 1}, "backup")
    end_at(store, redis_client, {"two": 2}, "tidy")
    assert walked(read.past(lambda name: name.startswith("b")), 9) == ["one"]
    assert walked(read.past(lambda name: name == "none"), 9) == []


@pytest.mark.damaged("an index is seeded without jobs")
def test_failures_are_looked_for_in_the_shorter_index(store: Store, read: Reading, redis_client: redis.Redis) -> None:
    end_at(store, redis_client, {f"j{n}": n for n in range(9)}, "often")
    end_at(store, redis_client, {"j1": 1}, "rarely")
    redis_client.zadd(store.keys.unsuccessful, {"j1": 1, "j2": 2})
    assert walked(read.past(lambda name: name == "often", unsuccessful=True), 9) == ["j2", "j1"]
    assert walked(read.past(lambda name: name == "rarely", unsuccessful=True), 9) == ["j1"]


def test_an_ending_says_what_the_job_says(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, a_job("good", queue="batch"), a_job("bad"), a_job("twice"))
    claims = {claim.id: claim for claim in worker.claim(3)}
    far = claims["good"].enqueued_ms + 5000
    record = {"exit_code": 22, "error_type": "exit", "error_message": "no space", "outcome": "failed"}
    worker.complete(claims["good"], record=_record(1, far, far + 700), value=some_json("1" * 9))
    worker.bury(claims["bad"], record=_record(1, far, far + 1200, **record), outcome=Outcome.TIMEOUT)
    worker.retry(claims["twice"], 0, record=_record(1, far, far + 1, outcome="failed"))
    store.do(store.verbs.promote())
    worker.bury(worker.take(), record=_record(2, far + 9000, far + 9300, signal=9), reason=Reason.SIGNAL)

    endings = {ending.id: ending for ending in read.endings(["good", "bad", "twice"])}

    assert endings["bad"] == Ending(
        "bad",
        "tidy",
        "default",
        "timeout",
        "exit",
        endings["bad"].ended_ms,
        "w",
        5000,
        1200,
        22,
        None,
        "exit",
        "no space",
    )
    for job in read.jobs(list(endings)):
        ending, last = endings[job.id], job.last
        assert last is not None
        assert (ending.task, ending.queue, ending.outcome) == (job.call.task, job.queue, job.outcome)
        assert (ending.ended_ms, ending.worker, ending.signal) == (job.ended_ms, job.worker, last.signal)
        assert (ending.wait_ms or 0) / 1000 == wait_seconds(job)
        assert (ending.run_ms or 0) / 1000 == run_seconds(job)


def test_how_jobs_ended_is_counted_in_an_interval(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "good", "bad", "worse", "late", "old")
    claims = {claim.id: claim for claim in worker.claim(5)}
    worker.complete(claims["good"])
    for name, outcome in (("bad", Outcome.FAILED), ("worse", Outcome.FAILED), ("late", Outcome.TIMEOUT)):
        worker.bury(claims[name], outcome=outcome)
    worker.bury(claims["old"])
    end_long_ago(store, "old", HOUR_MS)
    since_ms = read.now_ms() - HOUR_MS // 2
    assert count_ended(read, since_ms, None) == (4, 3, {})
    assert count_ended(read, since_ms, None, by_outcome=True) == (4, 3, {"failed": 2, "timeout": 1})
    assert count_ended(read, None, since_ms, by_outcome=True) == (1, 1, {"failed": 1})


def _record(number: int, begin: int, end: int, **more: Any) -> bytes:
    facts = {"outcome": "succeeded"} | more
    return a_record(number, str(facts.pop("outcome")), times=(begin, end), **facts)


def test_the_first_and_the_last_of_many_attempts_count(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    enqueued = read.job("one").enqueued_ms
    for number in range(1, 12):
        begin = enqueued + 1000 * number
        worker.retry(worker.take(), 0, record=_record(number, begin, begin + number, outcome="failed"))
        store.do(store.verbs.promote())
    worker.complete(worker.take(), record=_record(12, enqueued + 90_000, enqueued + 90_012))
    (ending,) = read.endings(["one"])
    assert (ending.wait_ms, ending.run_ms) == (1000, 12)


def test_a_job_that_never_ran_has_neither_waited_nor_run(store: Store, read: Reading) -> None:
    submit(store, "one")
    store.do(store.verbs.cancel(["one"], {}))
    (ending,) = read.endings(["one"])
    assert (ending.outcome, ending.reason, ending.worker) == ("cancelled", "by_user", "")
    assert (ending.wait_ms, ending.run_ms) == (None, None)


@pytest.mark.damaged("records are written by hand")
def test_what_has_not_ended_or_cannot_be_read_is_left_out(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    submit(store, "queued", "fine")
    for claim in worker.claim(2):
        if claim.id == "fine":
            worker.complete(claim)
    redis_client.set(store.keys.job("torn"), b"\x02at\x00\x00\x00\xff1")
    redis_client.set(store.keys.job("junk"), b"hello")
    redis_client.set(store.keys.job("empty"), b"")
    assert [one.id for one in read.endings(["queued", "torn", "fine", "junk", "empty", "absent"])] == ["fine"]


def test_the_first_words_of_a_command_given_at_the_call_are_told(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    bodies = {
        "one": b'{"task":"adhoc","kind":"adhoc","args":["rsync","-a","caf\xc3\xa9"]}',
        "long": b'{"task":"adhoc","kind":"adhoc","args":["' + "é".encode() * 500 + b'x"]}',
        "task": b'{"task":"adhoc","args":["a"]}',
        "torn": b'{"task":"adhoc","kind":"adhoc","args":[{}]}',
        "text": b'{"task":"adhoc","kind":"adhoc","args":["/bin/sh","-c","du | sort","sh"]}',
    }
    submit(store, *(a_job(name, task="adhoc", body=body) for name, body in bodies.items()))
    for claim in worker.claim(5):
        worker.bury(claim)
    assert {one.id: one.title for one in read.endings(list(bodies))} == {
        "one": "rsync -a café",
        "long": "é" * 39 + "…",
        "task": "adhoc",
        "torn": "adhoc",
        "text": "du | sort",
    }


def test_neither_bodies_nor_values_are_sent_for_figures(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("one", body=b'{"task":"tidy","params":{"text":"' + b"x" * 100_000 + b'"}}'))
    worker.complete(worker.take(), value=some_json("1" * 500))
    asked = script_call(script("endings"), (store.keys.door,), [1, "one"], lambda reply: reply)
    (row,) = store.do(asked)
    assert sum(len(part or b"") for part in row) < 300


def test_reading_changes_nothing(store: Store, read: Reading, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.complete(worker.take())
    before = everything(store)
    read.endings(walked(read.past(), 5))
    assert everything(store) == before


@pytest.mark.damaged("an index is seeded without jobs")
def test_what_an_index_has_told_whole_is_not_asked_for_again(
    store: Store, read: Reading, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is not full is the last one: that there is no more need not be asked."""
    end_at(store, redis_client, {f"a{n}": 10 * n for n in range(30)}, "often")
    end_at(store, redis_client, {f"b{n}": 5 for n in range(3)}, "seldom")
    past, exchange = read.past(), store.transport.exchange
    asked: list[int] = []

    def count(commands: Sequence[Command[Any]]) -> list[Any]:
        asked.append(len(commands))
        return exchange(commands)

    monkeypatch.setattr(store.transport, "exchange", count)
    assert len(past.page(50)) == 33
    assert past.page(50) == []
    assert asked == [2, 1]


@pytest.mark.damaged("an index is seeded without jobs")
def test_a_first_page_comes_with_the_count_and_is_that_which_would_be_asked_for(
    store: Store, read: Reading, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in range(3):
        end_at(store, redis_client, {f"t{task}n{n}": 10 * n + task for n in range(40)}, f"task{task}")
    later = read.past(until_ms=380)
    past, exchange = read.past(until_ms=380, first=50), store.transport.exchange
    assert past.total == later.total == 114

    monkeypatch.setattr(store.transport, "exchange", None)
    first = past.page(50)
    monkeypatch.setattr(store.transport, "exchange", exchange)
    assert first == later.page(50)
    assert walked(past, 50) == walked(later, 50)
