"""Pausing queues, one or all: what waits stays where it is, and somebody is woken when they go on."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.store import EVERY, Command, Store
from tests.support.store_seed import SeedWorker, submit


def say(store: Store, *words: Any) -> Any:
    return store.do(Command(words, lambda reply: reply))


@pytest.mark.parametrize("name", ["default", "*"])
def test_nothing_of_a_paused_queue_is_claimed_until_it_is_resumed(store: Store, worker: SeedWorker, name: str) -> None:
    submit(store, "a")
    assert store.do(store.verbs.pause([name], {"by": "ada"}, None)) == ["OK"]

    asked = worker.ask(9, EVERY)
    assert (asked.claims, asked.more) == ((), False)
    assert store.do(store.verbs.pause([name], {"by": "ada"}, None)) == ["ALREADY"]
    assert store.do(store.verbs.resume([name])) == ["OK"]
    assert say(store, "LLEN", store.keys.wake("default")) > 0, "an idle worker is woken"
    assert [claim.id for claim in worker.claim()] == ["a"]
    assert store.do(store.verbs.resume([name])) == ["ALREADY"]


def test_a_pause_for_a_while_ends_by_itself(store: Store, worker: SeedWorker) -> None:
    submit(store, "a")
    store.do(store.verbs.pause(["default"], {}, 60_000))
    assert worker.claim() == []
    due = worker.ask().next_due_ms
    assert due is not None
    store.do(store.verbs.pause(["default"], {}, 0))

    store.do(store.verbs.promote())

    assert say(store, "LLEN", store.keys.wake("default")) > 0
    assert [claim.id for claim in worker.claim()] == ["a"]
    assert store.do(store.verbs.resume(["default"])) == ["ALREADY"], "the time was over"
