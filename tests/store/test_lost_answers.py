"""Faults 46 to 49: the answer is lost after Redis has carried out the call. Every verb may be sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.store import Command, Reading, Store, open_store
from qctl.store.refusals import ConnectionBroken
from qctl.store.values import Answer
from tests.store.lost_calls import AN_HOUR_AGO, VERBS
from tests.store.reply_cutter import ReplyCutter
from tests.support import PrivateRedis
from tests.support.set_clock import server_clock_at
from tests.support.store_seed import HOUR_MS, SeedWorker, Snapshot, everything, submit


@pytest.fixture
def cutter(redis_server: PrivateRedis, redis_url: str, tmp_path: Path) -> Iterator[ReplyCutter]:
    with ReplyCutter(str(redis_server.socket), tmp_path) as cutter:
        yield cutter


def seeded(url: str, namespace: str) -> tuple[Store, SeedWorker]:
    store = open_store(url, namespace)
    worker = SeedWorker(store, "w1").register()
    submit(store, "one", "two", "three")
    return store, worker


@pytest.fixture
def still_clock() -> Iterator[None]:
    with server_clock_at(AN_HOUR_AGO + HOUR_MS):
        yield


@pytest.mark.usefixtures("still_clock")
@pytest.mark.parametrize("verb", VERBS)
def test_a_call_whose_answer_was_lost_leaves_the_store_as_one_call_does(
    redis_url: str, cutter: ReplyCutter, namespace: str, verb: str
) -> None:
    """The store sends it again by itself, and what it tells is what became of the job.

    The server's clock stands still, so that time limits of workflows are compared to the ms.
    """
    once, worker = seeded(redis_url, f"{namespace}once")
    once.do(VERBS[verb](once, worker))
    direct, worker = seeded(redis_url, f"{namespace}twice")
    command = VERBS[verb](direct, worker)
    relayed = open_store(cutter.url, f"{namespace}twice")
    relayed.do(Command(("PING",), bytes))
    cutter.lose()

    relayed.do(command)

    assert cutter.lost == 1
    assert comparable(direct) == comparable(once)
    for store in (once, direct, relayed):
        store.close()


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("complete", Answer.ALREADY),
        ("bury", Answer.ALREADY),
        ("retry", Answer.ALREADY),
        ("release", Answer.ALREADY),
        ("replace", Answer.ALREADY),
    ],
)
def test_a_settlement_that_was_applied_answers_already(
    redis_url: str, cutter: ReplyCutter, namespace: str, verb: str, answer: Answer
) -> None:
    knowing, worker = seeded(redis_url, f"{namespace}before")
    knowing.do(VERBS[verb](knowing, worker))  # a server that does not know the script would answer that, and lose it
    store, worker = seeded(redis_url, namespace)
    command = VERBS[verb](store, worker)
    relayed = open_store(cutter.url, namespace)
    cutter.lose()
    assert set(relayed.do(command)) == {answer}  # type: ignore[call-overload]
    for each in (knowing, relayed, store):
        each.close()


def test_a_claim_whose_answer_was_lost_is_answered_with_its_jobs(
    redis_url: str, cutter: ReplyCutter, namespace: str
) -> None:
    """Fault 47."""
    store, worker = seeded(redis_url, namespace)
    relayed = open_store(cutter.url, namespace)
    cutter.lose()
    claims = relayed.do(relayed.verbs.claim("w1", 1, 2)).claims
    assert [(claim.id, claim.fence) for claim in claims] == [("one", 1), ("two", 1)]
    assert worker.heartbeat().owned == {"one": 1, "two": 1}
    assert Reading(store).queues()[0].ready == 1
    relayed.close()
    store.close()


def test_a_connection_that_breaks_twice_is_an_error_and_the_next_call_goes_through(
    redis_url: str, cutter: ReplyCutter, namespace: str
) -> None:
    store, _ = seeded(redis_url, namespace)
    relayed = open_store(cutter.url, namespace)
    cutter.lose(2)
    with pytest.raises(ConnectionBroken):
        submit(relayed, "new")
    assert submit(relayed, "new")[0].taken == "EXISTS"
    relayed.close()
    store.close()


def comparable(store: Store) -> Snapshot:
    """All of the store, but for its times, and what follows from being asked once more: hints that one should look."""
    left_out = re.compile(r"wake:|schedules_version|schedule:newe?r? cursor|schedule:\S+ disabled")
    return {name: value for name, value in everything(store).items() if not left_out.match(name)}
