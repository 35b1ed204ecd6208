"""remove: ended -> nothing, by hand."""

from __future__ import annotations

import pytest
import redis

from qctl.errors import NoSuchJob
from qctl.store import Reading, Store
from qctl.store.inspecting import Inspection
from qctl.store.taken import Submitted, Taken
from tests.support.store_seed import SeedWorker, a_job, changed, everything, some_json, submit


def test_a_job_that_has_just_ended_goes_with_its_value_and_output_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker
) -> None:
    submit(store, "one", "two")
    for claim in worker.claim(2):
        worker.complete(claim, value=some_json("1" * 5000), log=b"packed")
    before = everything(store)

    assert store.do(store.verbs.remove(["one"])) == ["OK"]

    after = changed(before, everything(store))
    fields = {name for name in after if name.startswith("job:one ")}
    assert {name: after[name] for name in after.keys() - fields} == {
        "value:one": None,
        "log:one:1": None,
        "outputs": ["two:1"],
        "output_bytes": b"6",
        "ended:tidy": ["two"],
        "events": ["remove one"],
    }
    assert all(after[name] is None for name in fields)
    with pytest.raises(NoSuchJob):
        read.job("one")


def test_a_job_that_has_not_ended_stays(store: Store, worker: SeedWorker) -> None:
    submit(store, "running")
    worker.take()
    submit(store, "queued", a_job("later", delay_ms=60_000))
    before = everything(store)
    assert store.do(store.verbs.remove(["running", "queued", "later", "nobody"])) == [*["ACTIVE"] * 3, "UNKNOWN"]
    assert everything(store) == before


def test_an_unsuccessful_job_leaves_every_index_and_its_task_is_forgotten_with_its_last_job(
    store: Store, worker: SeedWorker
) -> None:
    submit(store, a_job("one", task="old"), "two")
    for claim in worker.claim(2):
        worker.bury(claim)
    assert store.do(store.verbs.remove(["one", "two"])) == ["OK", "OK"]
    assert not {"unsuccessful", "ended:tidy", "ended:old", "tasks"} & everything(store).keys()


def test_the_same_call_again_changes_nothing(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.complete(worker.take())
    store.do(store.verbs.remove(["one"]))
    before = everything(store)
    assert store.do(store.verbs.remove(["one"])) == ["UNKNOWN"]
    assert everything(store) == before


def test_the_id_may_be_taken_again(store: Store, worker: SeedWorker) -> None:
    submit(store, a_job("one", key="nightly"))
    worker.complete(worker.take())
    store.do(store.verbs.remove(["one"]))
    assert submit(store, a_job("two", key="nightly")) == [Submitted(Taken.NEW, "two")], "nor does its key hold it"
    assert submit(store, "one") == [Submitted(Taken.NEW, "one")]


def test_a_record_that_nobody_can_read_is_set_aside(store: Store, redis_client: redis.Redis) -> None:
    redis_client.set(store.keys.job("torn"), b"\x02at\x00\x00\x00\xff1")
    assert store.do(store.verbs.remove(["torn"])) == ["OK"]
    assert everything(store)["broken:torn"] == b"\x02at\x00\x00\x00\xff1"


def test_a_record_that_was_set_aside_is_told_of_and_goes_by_its_job_s_name(
    store: Store, redis_client: redis.Redis
) -> None:
    inspection = Inspection(store)
    assert inspection.set_aside(20) == (0, {})
    redis_client.set(store.keys.job("torn"), b"\x02at\x00")
    store.do(store.verbs.remove(["torn"]))
    assert inspection.set_aside(20)[1].keys() == {"torn"}
    (torn,) = inspection.asides(["none", "torn"])
    assert torn.holds == {"": b"\x02at\x00"}
    assert store.do(store.verbs.remove(["torn"])) == ["OK"]
    assert inspection.asides(["torn"]) == []
    assert inspection.set_aside(20) == (0, {})


def test_it_works_when_the_memory_is_full(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    submit(store, "one")
    worker.complete(worker.take())
    redis_client.config_set("maxmemory", 1)
    try:
        assert store.do(store.verbs.remove(["one"])) == ["OK"]
    finally:
        redis_client.config_set("maxmemory", 0)
