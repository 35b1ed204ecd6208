"""Keys that somebody else has written over are found by their types."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Keys, Store
from qctl.store.inspecting import Inspection
from qctl.store.key_types import types_of
from qctl.store.keys import KINDS
from qctl.store.refusals import WrongType
from tests.support.store_seed import submit


def test_each_key_of_which_there_is_one_has_a_type() -> None:
    keys = Keys("n")
    kinds = {name.removeprefix(keys.prefix) for name in types_of(keys)}
    assert kinds <= KINDS.keys()
    assert {"scheduled", "paused", "recent", "events", "workers", "beats", "schedules"} <= kinds


@pytest.mark.parametrize("kind", ["scheduled", "workers", "recent", "queues"])
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
