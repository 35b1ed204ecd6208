"""Keys that somebody else has written over are found by their types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import redis

from qctl.model.state import Outcome, Reason
from qctl.store import Command, Keys, Store
from qctl.store.inspecting import Inspection
from qctl.store.key_types import types_of
from qctl.store.keys import KINDS
from qctl.store.refusals import WrongType
from qctl.store.values import CHARGE_FAILURE, Answer, Claim
from tests.support.invariants import broken_invariants
from tests.support.store_seed import SeedWorker, a_job, settled, submit


def test_each_key_of_which_there_is_one_has_a_type() -> None:
    keys = Keys("n")
    kinds = {name.removeprefix(keys.prefix) for name in types_of(keys)}
    assert kinds <= KINDS.keys()
    assert {"scheduled", "paused", "recent", "events", "workers", "beats", "schedules"} <= kinds


@pytest.mark.parametrize("kind", ["scheduled", "workers", "recent", "queues", "outputs"])
def test_one_of_another_type_is_named(store: Store, redis_client: redis.Redis, kind: str) -> None:
    submit(store, "one")
    assert Inspection(store).written_over() == []
    name = str(getattr(store.keys, kind))
    redis_client.delete(name)
    redis_client.set(name, "x")

    assert Inspection(store).written_over() == [name]
    redis_client.flushdb()


def test_a_script_that_meets_one_says_who_finds_it(store: Store, redis_client: redis.Redis) -> None:
    redis_client.set(store.keys.recent, "x")

    with pytest.raises(WrongType) as refused:
        submit(store, "one")

    assert "qctl doctor" in refused.value.advice
    assert Inspection(store).written_over() == [store.keys.recent]
    redis_client.flushdb()


@pytest.mark.parametrize("kind", ["events", "wake:default", "unique:u"])
@pytest.mark.parametrize("verb", ["complete", "bury"])
def test_jobs_end_whatever_stands_in_place_of_hints_and_of_a_name_of_theirs(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, kind: str, verb: str
) -> None:
    submit(store, "one", a_job("two", unique="u"), a_job("three", after=("two",)))
    claims = worker.claim(2)
    redis_client.delete(store.keys.prefix + kind)
    redis_client.hset(store.keys.prefix + kind, "x", "y")

    assert store.do(_settlement(store, verb, claims)) == [Answer.OK, Answer.OK]

    redis_client.delete(store.keys.prefix + kind)
    assert broken_invariants(store) == []


@pytest.mark.parametrize("verb", ["complete", "bury", "retry", "release"])
def test_one_that_cannot_be_settled_leaves_the_others_whole_and_is_told_again(
    store: Store, redis_client: redis.Redis, worker: SeedWorker, verb: str
) -> None:
    """Of a call that is refused in the middle no job stands half here and half there."""
    worker.register(task_once={"running": 1})
    submit(store, "one", a_job("two", task="once"), "three", a_job("four", after=("three",)))
    claims = worker.claim(3)
    held = store.keys.held("task:once")
    redis_client.rename(held, "aside")
    redis_client.set(held, "x")

    with pytest.raises(WrongType):
        store.do(_settlement(store, verb, claims))
    assert set(redis_client.hgetall(store.keys.running("w1"))) == {b"two"}

    redis_client.rename("aside", held)
    assert store.do(_settlement(store, verb, claims)) == [Answer.ALREADY] * 3
    redis_client.srem(held, "two")  # as whoever meets it next does
    assert broken_invariants(store) == []


def _settlement(store: Store, verb: str, claims: Sequence[Claim]) -> Command[list[Answer]]:
    more: dict[str, Any] = {}
    if verb == "bury":
        more = {"outcome": Outcome.FAILED, "reason": Reason.EXIT}
    elif verb == "retry":
        more = {"delay_ms": 1000, "charge": CHARGE_FAILURE}
    settle: Callable[..., Command[list[Answer]]] = getattr(store.verbs, verb)
    return settle("w1", [settled(claim, **more) for claim in claims])
