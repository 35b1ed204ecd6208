"""trim_output: changes no job. The namespace's budget for output."""

from __future__ import annotations

import redis

from qctl.store import Reading, Store
from tests.support.store_seed import SeedWorker, changed, everything, submit


def some_output(store: Store, worker: SeedWorker, client: redis.Redis, *sizes: int) -> None:
    """Jobs j0, j1 …, each ended in its own millisecond."""
    for n, size in enumerate(sizes):
        submit(store, f"j{n}")
        worker.complete(worker.take(), log=b"x" * size)
        client.zadd(f"{store.keys.prefix}outputs", {f"j{n}:1": n + 1}, xx=True)


def test_the_oldest_output_goes_until_the_rest_fits_and_nothing_else_is_touched(
    store: Store, read: Reading, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    some_output(store, worker, redis_client, 100, 50, 30, 20)
    before = everything(store)

    assert store.do(store.verbs.trim_output(60)) == (2, False)

    assert changed(before, everything(store)) == {
        "log:j0:1": None,
        "log:j1:1": None,
        "outputs": ["j2:1", "j3:1"],
        "output_bytes": b"50",
    }
    assert read.output("j0", 1) == (None, [])
    assert read.output("j3", 1) == (b"x" * 20, [])


def test_what_fits_stays(store: Store, worker: SeedWorker, redis_client: redis.Redis) -> None:
    some_output(store, worker, redis_client, 100, 50)
    before = everything(store)
    assert store.do(store.verbs.trim_output(150)) == (0, False)
    assert everything(store) == before


def test_one_call_takes_no_more_than_it_was_asked_to_and_says_that_there_is_more(
    store: Store, worker: SeedWorker, redis_client: redis.Redis
) -> None:
    some_output(store, worker, redis_client, *[10] * 7)
    answers = [store.do(store.verbs.trim_output(10, limit=4)) for _ in range(3)]
    assert answers == [(4, True), (2, False), (0, False)]


def test_the_count_of_bytes_stays_exact_through_every_verb(store: Store, worker: SeedWorker) -> None:
    submit(store, "one")
    worker.retry(worker.take(), 0, log=b"12345")
    store.do(store.verbs.promote())
    worker.release(worker.take(), begun=True, log=b"123")
    worker.bury(worker.take(), log=b"1234567")
    store.do(store.verbs.revive(["one"]))
    worker.complete(worker.take(), log=b"12")
    after = everything(store)
    assert int(after["output_bytes"]) == sum(len(after[f"log:{name}"]) for name in after["outputs"]) == 17
