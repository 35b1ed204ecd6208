"""The short way of `submit`: plain jobs in runs. It leaves what the long way leaves, by fewer commands."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from qctl.errors import QctlError
from qctl.model.submission import Submission
from qctl.store import Store
from qctl.store.command import script, script_call
from qctl.store.taken import Submitted, Taken, read_submitted
from qctl.store.words import submission_words
from tests.support.store_seed import SeedWorker, a_job, everything, submit

#: Commands of the script for a job alone, and beside one for each job for all that are submitted together. What lets a
#: minute's counters expire is not counted: one may begin at any time.
MOST_ALONE = 10
MOST_TOGETHER = 26


def the_long_way(store: Store, *jobs: Submission) -> list[Submitted]:
    """Submit jobs with every word of each, as they are where one of them is not plain."""
    words: list[Any] = [0, len(jobs)]
    for one in jobs:
        words += submission_words(one)
    ids = [one.id for one in jobs]
    call = script_call(script("submit"), (store.keys.door,), words, lambda reply: read_submitted(ids, reply))
    return store.do(call)


def wiped(store: Store, client: redis.Redis) -> None:
    for key in client.scan_iter(f"{store.keys.prefix}*"):
        client.delete(key)


@pytest.mark.parametrize(
    "jobs",
    [
        (a_job("two"),),
        (a_job("two", priority=9), a_job("three", priority=9)),
        (a_job("two", expires_ms=60_000), a_job("three", expires_ms=60_000)),
        (a_job("two", queue="default@here"), a_job("three", queue="default@here")),
        (a_job("two"), a_job("three", task="other"), a_job("four")),
        (a_job("two", max_length=5), a_job("three", max_length=5)),
        tuple(a_job(f"job{number}") for number in range(1_500)),
        tuple(a_job(f"job{number}", priority=9) for number in range(120)),
    ],
    ids=["one", "priority", "expires", "host", "several tasks", "a bounded queue", "many", "of one digit and more"],
)
def test_it_leaves_what_the_long_way_leaves(
    store: Store, redis_client: redis.Redis, jobs: tuple[Submission, ...]
) -> None:
    left = []
    for way in (submit, the_long_way):
        wiped(store, redis_client)
        SeedWorker(store, "w1").register()
        submit(store, a_job(queue="default@here"), a_job("before"))  # from then on both queues are known
        assert way(store, *jobs) == [Submitted(Taken.NEW, job.id) for job in jobs]
        left.append(everything(store))
    assert left[0] == left[1]


@pytest.mark.parametrize("again", [["one"], ["two", "one"], ["one", "two"]])
def test_a_job_that_is_there_is_answered_as_ever(store: Store, again: list[str]) -> None:
    submit(store, "one")
    other = a_job("one", body=b'{"task":"other"}')
    assert [answer.taken for answer in submit(store, *again)] == [
        Taken.EXISTS if job == "one" else Taken.NEW for job in again
    ]
    assert submit(store, other, "three") == [Submitted(Taken.COLLISION, "one"), Submitted(Taken.NEW, "three")]


def test_an_id_that_is_submitted_twice_at_once_is_one_job(store: Store) -> None:
    submit(store, "first")
    assert submit(store, "one", "one", a_job("one", body=b"{}")) == [
        Submitted(Taken.NEW, "one"),
        Submitted(Taken.EXISTS, "one"),
        Submitted(Taken.COLLISION, "one"),
    ]
    assert [job for job, _ in everything(store)["ready:default"]] == ["first", "one"]


def test_a_queue_that_is_full_by_the_rule_of_live_workers_takes_no_more(store: Store) -> None:
    SeedWorker(store, "w1").register(queue_default={"length": 2})
    answers = submit(store, "one", "two", "three")
    assert [answer.taken for answer in answers] == [Taken.NEW, Taken.NEW, Taken.FULL]
    assert [answer.taken for answer in submit(store, "four")] == [Taken.FULL]


@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_rules_that_do_not_bound_a_queue_s_length_neither_hold_a_job_up_nor_hide_that_it_exists(
    store: Store, redis_client: redis.Redis, again: bool
) -> None:
    SeedWorker(store, "w1").register(queue_other={"length": 2}, queue_default={"running": 1})
    submit(store, "first")
    redis_client.config_resetstat()
    (answer,) = submit(store, "first" if again else "one")
    assert answer.taken is (Taken.EXISTS if again else Taken.NEW)
    assert calls_of(redis_client).get("incrby", 0) == (0 if again else 1)
    assert "hgetall" not in calls_of(redis_client) or again  # the long way looks for a job's record first


@pytest.mark.parametrize("counter", ["seq", "stats"])
def test_a_counter_with_garbage_in_it_is_put_right(store: Store, redis_client: redis.Redis, counter: str) -> None:
    submit(store, "one")
    for key in redis_client.scan_iter(f"{store.keys.prefix}{counter}*"):
        redis_client.set(key, "garbage")
    assert submit(store, "two", "three") == [Submitted(Taken.NEW, "two"), Submitted(Taken.NEW, "three")]
    assert {"job:two q", "job:three q"} <= everything(store).keys()


@pytest.mark.parametrize("index", ["ready:default", "recent"])
def test_jobs_that_can_stand_in_no_index_leave_no_record_and_are_taken_once_they_can(
    store: Store, redis_client: redis.Redis, index: str
) -> None:
    """Else whoever submits them again were told that they have been taken, and nobody would ever run them."""
    submit(store, "first")
    key = f"{store.keys.prefix}{index}"
    redis_client.rename(key, f"{key}-kept")
    redis_client.set(key, "somebody's")
    with pytest.raises(QctlError, match="WRONGTYPE"):
        submit(store, "one", "two")
    assert not {"job:one q", "job:two q"} & everything(store).keys()
    redis_client.rename(f"{key}-kept", key)
    assert [answer.taken for answer in submit(store, "one", "two")] == [Taken.NEW, Taken.NEW]
    assert [job for job, _ in everything(store)["ready:default"]] == ["first", "one", "two"]


@pytest.mark.damaged("a key of a type that no verb gives it")
@pytest.mark.parametrize("way", [submit, the_long_way])
@pytest.mark.parametrize("key", ["wake:default", "events"])
def test_jobs_that_were_taken_are_answered_so_whatever_stands_in_place_of_hints_and_events(
    store: Store, redis_client: redis.Redis, key: str, way: Any
) -> None:
    submit(store, "first")
    redis_client.delete(f"{store.keys.prefix}{key}")
    redis_client.hset(f"{store.keys.prefix}{key}", "somebody's", "1")
    assert way(store, a_job("one"), a_job("two")) == [Submitted(Taken.NEW, "one"), Submitted(Taken.NEW, "two")]
    assert [job for job, _ in everything(store)["ready:default"]] == ["first", "one", "two"]
    redis_client.delete(f"{store.keys.prefix}{key}")


def calls_of(client: redis.Redis) -> dict[str, int]:
    """How often each command was carried out, those of scripts included."""
    said: dict[str, Any] = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): row["calls"] for name, row in said.items()}


@pytest.mark.parametrize("count", [1, 500])
def test_of_each_job_one_command_writes_its_record_and_the_others_are_for_all_of_them(
    store: Store, redis_client: redis.Redis, count: int
) -> None:
    submit(store, "first")
    redis_client.config_resetstat()
    submit(store, *(f"job{number}" for number in range(count)))
    calls = calls_of(redis_client)
    within = sum(
        number
        for name, number in calls.items()
        if name.partition("|")[0] not in ("evalsha", "eval", "info", "config", "pexpire")
    )
    assert calls["evalsha"] == 1
    assert calls["hset"] == count
    assert within - count <= (MOST_ALONE if count == 1 else MOST_TOGETHER)
