"""crew: who works here and what is paused, in one round trip or along with another. It changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from qctl.errors import QctlError
from qctl.store import Reading, Store
from qctl.store.command import Command
from qctl.store.connection import Bare
from qctl.store.crew import crew
from qctl.store.taken import Taken
from tests.support.store_seed import SeedWorker, a_job, everything, submit

SAME = ("id", "label", "about", "seen_ms", "since_ms", "condemned")


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands were sent together, for each round trip."""
    sent: list[int] = []
    really = Bare.send

    def counted(self: Bare, asked: Any, seconds: float) -> None:
        sent.append(len(asked))
        really(self, asked, seconds)

    monkeypatch.setattr(Bare, "send", counted)
    return sent


def test_it_tells_of_workers_and_pauses_what_each_read_by_itself_tells(
    store: Store, read: Reading, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    store.do(store.verbs.pause(["mails"], {"by": "me", "reason": "repairs"}, None))
    store.do(store.verbs.pause(["short"], {"by": "me"}, 0))
    submit(store, "one")
    worker.claim(1)
    before = everything(store)

    found = store.do(crew(store.keys))

    assert everything(store) == before
    assert found is not None
    assert abs(found.now_ms - read.now_ms()) < 5000
    assert found.pauses == read.pauses()
    assert list(found.pauses) == ["mails"]
    told = [[getattr(one, name) for name in SAME] for one in found.workers]
    assert told == [[getattr(one, name) for name in SAME] for one in read.workers()]
    assert len(told) == 2


def test_an_empty_namespace_has_none(store: Store) -> None:
    found = store.do(crew(store.keys))
    assert found is not None
    assert (found.workers, found.pauses) == ((), {})


@pytest.mark.damaged("keys of a type that no verb gives them")
@pytest.mark.parametrize("key", ["workers", "paused"])
def test_where_somebody_has_put_something_else_it_answers_none(
    key: str, store: Store, redis_client: redis.Redis
) -> None:
    redis_client.set(getattr(store.keys, key), "junk")
    assert store.do(crew(store.keys)) is None
    redis_client.delete(getattr(store.keys, key))


@pytest.mark.damaged("a worker's record of a type that no verb gives it")
def test_a_worker_whose_record_nobody_can_read_hides_no_other(
    store: Store, worker: SeedWorker, other_worker: SeedWorker, redis_client: redis.Redis
) -> None:
    redis_client.rename(store.keys.worker("w1"), "{kept}")
    redis_client.set(store.keys.worker("w1"), "junk")
    found = store.do(crew(store.keys))
    assert found is not None
    assert [one.id for one in found.workers] == ["w2"]
    redis_client.rename("{kept}", store.keys.worker("w1"))


def test_it_goes_along_with_the_next_round_trip_behind_what_is_asked_there(
    store: Store, worker: SeedWorker, trips: list[int]
) -> None:
    store.do(crew(store.keys))
    store.do(store.verbs.submit([a_job("warm")]))
    trips.clear()

    along = store.along(crew(store.keys))
    (taken,) = store.do(store.verbs.submit([a_job("one")]))
    found = along.take()

    assert taken.taken is Taken.NEW
    assert [one.id for one in found.workers] == ["w1"]
    assert trips == [2]


def test_where_nothing_else_is_asked_it_goes_by_itself_and_once(store: Store, trips: list[int]) -> None:
    store.do(crew(store.keys))
    trips.clear()
    along = store.along(crew(store.keys))
    assert along.take() is not None
    assert trips == [1]
    store.do(crew(store.keys))
    assert trips == [1, 1]


def test_what_is_refused_along_the_way_spoils_nothing_else(store: Store) -> None:
    along = store.along(Command(("NO-SUCH-COMMAND",), lambda reply: reply))
    (taken,) = store.do(store.verbs.submit([a_job("one")]))
    assert taken.taken is Taken.NEW
    with pytest.raises(QctlError, match="unknown command"):
        along.take()
