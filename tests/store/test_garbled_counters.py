"""What somebody, or a bug, wrote into a counter stops no work: it is counted on from where no harm is done."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.store import Command, Reading, Store
from qctl.store.taken import Taken
from qctl.store.values import Answer
from tests.support.store_seed import SeedWorker, a_job, submit

GARBAGE = {
    "text": ("SET", "garbage"),
    "beyond": ("SET", "9223372036854775807"),
    "huge": ("SET", "1" + "0" * 17),
    "below": ("SET", "-5"),
    "list": ("RPUSH", "x"),
    "hash": ("HSET", "x", "y"),
}


def do(store: Store, *words: str | int) -> Any:
    return store.do(Command(words, lambda reply: reply))


def seq(store: Store) -> str:
    return store.keys.door.removesuffix("door") + "seq"


def garble(store: Store, key: str, what: str) -> None:
    command, *words = GARBAGE[what]
    do(store, "DEL", key)
    do(store, command, key, *words)


@pytest.mark.parametrize("what", GARBAGE)
def test_jobs_are_taken_and_keep_their_order_when_the_sequence_is_garbled(
    store: Store, worker: SeedWorker, what: str
) -> None:
    worker.register()
    submit(store, "first", "second")
    garble(store, seq(store), what)

    jobs = (a_job("waits", after=("first",)), a_job("third"), a_job("urgent", priority=9), a_job("last"))
    assert [one.taken for one in submit(store, *jobs)] == [Taken.NEW] * 4
    assert [claim.id for claim in worker.claim(9)] == ["urgent", "first", "second", "third", "last"]


@pytest.mark.parametrize("what", ["text", "beyond", "list"])
def test_jobs_end_and_their_output_is_measured_anew_when_its_size_is_garbled(
    store: Store, read: Reading, worker: SeedWorker, what: str
) -> None:
    worker.register()
    submit(store, "one", "two")
    one, two = worker.claim(2)
    assert worker.complete(one, log=b"x" * 100) is Answer.OK
    garble(store, store.keys.output_bytes, what)

    assert worker.complete(two, log=b"x" * 50) is Answer.OK
    assert do(store, "GET", store.keys.output_bytes) == b"150"
    garble(store, store.keys.output_bytes, what)
    assert store.do(store.verbs.trim_output(120, 9))[0] == 1
    assert do(store, "GET", store.keys.output_bytes) == b"50"


@pytest.mark.parametrize("what", ["text", "list", "hash"])
def test_jobs_end_when_what_is_counted_of_a_minute_is_garbled(store: Store, worker: SeedWorker, what: str) -> None:
    worker.register()
    submit(store, "one", "two")
    one, two = worker.claim(2)
    worker.complete(one)
    for minute in do(store, "KEYS", store.keys.stats(0).removesuffix("0") + "*"):
        for field in do(store, "HKEYS", minute) if what == "hash" else ():
            do(store, "HSET", minute, field, "garbage")
        if what != "hash":
            garble(store, minute.decode(), what)

    assert worker.complete(two) is Answer.OK
    assert [one.taken for one in submit(store, "three")] == [Taken.NEW]
