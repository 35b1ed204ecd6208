"""follow: what goes on where somebody has put something else in the place of what one of those who wait needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from qctl.client.acting import Acting
from qctl.model.state import Outcome, State
from qctl.store import Reading, Store
from qctl.store.refusals import WrongType
from tests.store.test_workflow_damage import follow
from tests.support.invariants import broken_invariants
from tests.support.store_seed import SeedWorker, a_job, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send, step


@contextmanager
def written_over(server: redis.Redis, key: str) -> Iterator[None]:
    """Meanwhile something else stands in the place of a key; then what was there is put back."""
    there = server.exists(key)
    if there:
        server.rename(key, f"{key}.aside")
    server.set(key, "x")
    yield
    server.delete(key)
    if there:
        server.rename(f"{key}.aside", key)


@pytest.mark.parametrize("kind", ["ready:odd", "remaining:odd", "skipped:one", "scheduled", "dependents:one"])
@pytest.mark.parametrize("ends", ["complete", "bury"])
def test_who_cannot_be_told_is_told_when_that_is_put_right_and_nobody_waits_for_him(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker, kind: str, ends: str
) -> None:
    odd = a_job("odd", queue="odd", after=("one",), delay_ms=60_000 if kind == "scheduled" else None)
    submit(store, "one", "zero", a_job("two", after=("one",)), odd, a_job("last", after=("zero", "one")))
    one, _ = worker.claim(2)

    with written_over(redis_client, store.keys.prefix + kind):
        getattr(worker, ends)(one)
        if (kind, ends) in TROUBLED:
            for _ in range(2):
                with pytest.raises(WrongType):
                    store.do(store.verbs.follow())
        if kind != "dependents:one":
            assert read.job("two").state is not State.WAITING

    follow(store)
    assert [job.state for job in read.jobs(["two", "odd"]) if job.state is State.WAITING] == []
    assert read.awaited("last") == (["zero"] if ends == "complete" else [])
    assert broken_invariants(store) == []


#: What stands in the way of the one end of a job, or of the other.
TROUBLED = {
    ("ready:odd", "complete"),
    ("scheduled", "complete"),
    *((kind, ends) for kind in ("remaining:odd", "dependents:one") for ends in ("complete", "bury")),
}


def test_who_cancels_something_else_meanwhile_is_answered(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    submit(store, "one", a_job("odd", queue="odd", after=("one",)), "other")
    one = worker.take()
    with written_over(redis_client, store.keys.ready("odd")):
        worker.complete(one)
        assert [said.answer for said in Acting(store, {}).cancel(["other"])] == ["OK"]
    follow(store)


@pytest.mark.parametrize("kind", ["ready:odd", "queues", "scheduled"])
def test_a_step_of_a_workflow_that_cannot_be_taken_waits_until_it_can(
    store: Store, read: Reading, redis_client: redis.Redis, crew: Crew, kind: str
) -> None:
    late = 60_000 if kind == "scheduled" else None
    send(store, a_workflow(chain("a", group(step("b", queue="odd", delay_ms=late), "c"), "d")))
    (claim,) = crew.worker.claim(1)

    with written_over(redis_client, store.keys.prefix + kind):
        crew.worker.complete(claim)
        for _ in range(2):
            with pytest.raises(WrongType):
                store.do(store.verbs.follow())

    follow(store)
    assert {job.state for job in read.jobs(["w.2", "w.3"])} <= {State.QUEUED, State.SCHEDULED}
    assert broken_invariants(store) == []


@pytest.mark.parametrize(
    "kind", ["nodes:w", "fates:w", "flow:w", "live:w", "culprits:w", "steps:w", "done:w.g1", "failed:w.g1"]
)
@pytest.mark.parametrize("ends", ["end", "fail"])
def test_a_workflow_of_which_something_was_written_over_ends_and_nobody_waits_for_ever(
    store: Store, read: Reading, redis_client: redis.Redis, crew: Crew, kind: str, ends: str
) -> None:
    send(store, a_workflow(chain(group("a", "b", "c"), "d")))
    submit(store, a_job("after", after=("w",)))
    crew.look()
    redis_client.delete(store.keys.prefix + kind)
    redis_client.set(store.keys.prefix + kind, "x")

    getattr(crew, ends)("1")
    for node in ("2", "3"):
        follow(store)
        crew.end(node)
    follow(store)

    if "4" in crew.look():
        crew.end("4")
        follow(store)
    assert read.job("w").ended
    assert read.job("after").ended or read.job("after").state is State.QUEUED
    assert redis_client.type(store.keys.prefix + kind) != b"string"


@pytest.mark.parametrize("kind", ["workflows", "deadlines", "active:nightly"])
def test_a_workflow_ends_whatever_stands_where_it_is_listed(
    store: Store, read: Reading, redis_client: redis.Redis, crew: Crew, kind: str
) -> None:
    send(store, a_workflow("a", on_success="page", timeout_ms=60_000))
    redis_client.hset(store.keys.job("w"), "sd", "nightly")
    redis_client.zadd(store.keys.active("nightly"), {"w": 1})
    crew.look()

    with written_over(redis_client, store.keys.prefix + kind):
        crew.end("1")

    assert read.job("w").outcome is Outcome.SUCCEEDED
    assert crew.look() == ["on_success"]
    redis_client.zrem(store.keys.prefix + "workflows", "w")  # as nobody could
    redis_client.zrem(store.keys.prefix + "deadlines", "timeout w")
    redis_client.zrem(store.keys.active("nightly"), "w")


def test_who_waits_is_told_though_an_end_stands_in_no_index(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    submit(store, "one", a_job("two", task="other", after=("one",)))
    claim = worker.take()

    with written_over(redis_client, store.keys.ended("tidy")), pytest.raises(WrongType):
        worker.complete(claim)

    assert read.job("two").state is State.QUEUED
    redis_client.zadd(store.keys.ended("tidy"), {"one": 1})
    redis_client.sadd(store.keys.tasks, "tidy")
