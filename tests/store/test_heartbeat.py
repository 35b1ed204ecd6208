"""heartbeat: changes no job."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Store
from qctl.store.values import Order, Standing
from tests.support.store_seed import SeedWorker, changed, everything, submit


def test_a_beat_is_counted_and_nothing_else_is_touched(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.take()
    before = everything(store)

    beat = worker.heartbeat()

    assert (beat.standing, beat.command, beat.owned, beat.orders) == (Standing.OK, "", {"one": 1}, {})
    assert changed(before, everything(store)) == {"worker:w1 beat": "1"}


def test_the_last_heartbeat_is_kept_by_the_servers_time(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    redis_client.zadd(store.keys.workers, {"w1": 1})
    now = worker.heartbeat().now_ms
    assert redis_client.zscore(store.keys.workers, "w1") == now
    assert redis_client.hget(store.keys.worker("w1"), "seen") == str(now).encode()


def test_it_tells_what_the_worker_owns_is_ordered_and_commanded(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    worker.claim(2)
    store.do(store.verbs.cancel(["two"], {"by": "ada", "reason": "no need", "signal": 9, "grace": 0}))
    store.do(store.verbs.command_worker("w1", "drain"))

    beat = worker.heartbeat()

    assert beat.owned == {"one": 1, "two": 1}
    assert beat.orders == {"two": Order(fence=1, by="ada", reason="no need", signal=9, grace=0)}
    assert beat.command == "drain"


def test_it_tells_when_what_the_worker_can_run_is_not_there_any_more(store: Store, redis_client: redis.Redis) -> None:
    """Fault 58: the server's clock has jumped beyond the time to live of that."""
    worker = SeedWorker(store)
    store.do(store.verbs.register("w1", {"catalog": "digest"}, {}, {"tidy": {}}))
    assert not worker.heartbeat().forgotten

    redis_client.delete(store.keys.catalog("digest"))
    assert worker.heartbeat().forgotten
    assert not SeedWorker(store, "w2").register().heartbeat().forgotten  # it has never told


def test_it_tells_of_other_workers_the_longest_silent_first(store: Store, worker: SeedWorker) -> None:
    others = [SeedWorker(store, f"o{n}").register() for n in range(5)]
    for n in (3, 1):
        others[n].heartbeat()
    others[1].heartbeat()

    assert worker.heartbeat(peers=0).peers == {}
    told = worker.heartbeat(peers=9).peers
    assert told == {"o0": 0, "o2": 0, "o4": 0, "o3": 1, "o1": 2}
    assert len(worker.heartbeat(peers=2).peers) == 2


@pytest.mark.damaged("a worker's record is deleted")
def test_a_worker_whose_record_is_gone_is_told_of_by_a_counter_that_never_was(
    store: Store, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis
) -> None:
    redis_client.delete(store.keys.worker("w2"))
    assert worker.heartbeat(peers=5).peers == {"w2": -1}


def test_a_worker_that_nobody_knows_or_that_is_condemned_renews_nothing(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, "one")
    other_worker.take()
    store.do(store.verbs.reclaim("w2", 0))
    before = everything(store)
    assert other_worker.heartbeat().standing is Standing.CONDEMNED
    assert SeedWorker(store, "nobody").heartbeat().standing is Standing.UNKNOWN
    assert everything(store) == before


def test_a_heartbeat_tells_how_many_others_there_are_though_it_tells_of_some_alone(store: Store) -> None:
    """What any worker does for all is shared among all of them."""
    workers = [SeedWorker(store, f"w{number}").register() for number in range(5)]

    beat = workers[0].heartbeat(peers=2)

    assert (len(beat.peers), beat.others) == (2, 4)
