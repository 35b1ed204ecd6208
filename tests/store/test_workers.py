"""register, unregister and command: how a worker comes, goes and is told. They change no job."""

from __future__ import annotations

import pytest

from qctl.store import Reading, Store
from qctl.store.values import Standing
from tests.support.store_seed import SeedWorker, changed, everything, submit


def test_a_worker_enters_with_its_description(store: Store, read: Reading) -> None:
    before = everything(store)

    standing, now = store.do(store.verbs.register("w1", {"label": "web1", "slots": 2}))

    assert standing is Standing.OK
    assert abs(now - read.now_ms()) < 5000
    assert changed(before, everything(store)) == {
        "worker:w1 beat": "0",
        "worker:w1 reads": "1",
        "worker:w1 since": "a time",
        "worker:w1 seen": "a time",
        "worker:w1 about": '{"label":"web1","slots":2}',
        "workers": ["w1"],
    }
    (seen,) = read.workers()
    assert (seen.id, seen.label, seen.beat, seen.condemned, seen.running) == ("w1", "web1", 0, False, {})


def test_entering_again_replaces_the_description_alone(store: Store, worker: SeedWorker) -> None:
    worker.heartbeat()
    before = everything(store)
    store.do(store.verbs.register("w1", {"label": "new"}))
    assert changed(before, everything(store)) == {"worker:w1 about": '{"label":"new"}'}


def test_a_worker_leaves_without_a_trace(store: Store, other_worker: SeedWorker) -> None:
    before = everything(store)
    SeedWorker(store, "w1").register()
    store.do(store.verbs.command_worker("w1", "stop"))
    assert store.do(store.verbs.unregister("w1")) == 0
    assert everything(store) == before
    assert store.do(store.verbs.unregister("w1")) == 0
    assert everything(store) == before


def test_a_worker_that_owns_jobs_cannot_leave(store: Store, worker: SeedWorker) -> None:
    submit(store, "one", "two")
    worker.claim(2)
    before = everything(store)
    assert store.do(store.verbs.unregister("w1")) == 2
    assert everything(store) == before


@pytest.mark.parametrize("command", ["drain", "resume", "stop", "stop-now"])
def test_a_command_stands_in_the_workers_record_and_hints_at_itself(
    store: Store, worker: SeedWorker, command: str
) -> None:
    before = everything(store)
    assert store.do(store.verbs.command_worker("w1", command))
    assert changed(before, everything(store)) == {"worker:w1 command": command, "inbox:w1": ["command"]}
    assert worker.heartbeat().command == worker.heartbeat().command == command


def test_nobody_takes_no_command(store: Store) -> None:
    before = everything(store)
    assert not store.do(store.verbs.command_worker("nobody", "stop"))
    assert everything(store) == before


def test_hints_are_bounded(store: Store, worker: SeedWorker) -> None:
    for _ in range(40):
        store.do(store.verbs.command_worker("w1", "drain"))
    assert len(everything(store)["inbox:w1"]) == 16


def test_a_worker_that_is_poked_gets_a_hint_and_one_that_is_not_there_none(store: Store, worker: SeedWorker) -> None:
    before = everything(store)

    assert store.do(store.verbs.poke("w1")) is True
    assert store.do(store.verbs.poke("w9")) is False

    assert changed(before, everything(store)) == {"inbox:w1": ["poke"]}
