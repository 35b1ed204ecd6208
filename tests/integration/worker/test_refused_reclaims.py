"""Jobs of a dead worker that Redis refuses to give back for what stands where they lead: no other is held up."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
import redis

from qctl.engine.journal import Journal
from qctl.engine.reclaim import BATCH
from qctl.model.state import State
from tests.integration.worker.hands import LEASE, Hands
from tests.store.test_follow_damage import written_over
from tests.support.store_seed import SeedWorker, a_job, submit


@pytest.fixture
def hands(redis_url: str, namespace: str) -> Iterator[Hands]:
    hands = Hands(redis_url, namespace)
    yield hands
    hands.close()


def look_at_the_others(hands: Hands) -> None:
    """For longer than a lease, with heartbeats that are answered."""
    for _ in range(4):
        hands.beat()
        hands.reclaim.run_once(hands.now)
        hands.hear()
        hands.pass_time(LEASE * 0.4)


def test_the_others_are_given_back_and_the_journal_says_once_which_is_not_and_why(
    hands: Hands, redis_client: redis.Redis
) -> None:
    said: list[str] = []
    note = lambda _, sentence, **fields: said.append(sentence)  # noqa: E731
    hands.station.journal = cast("Journal", SimpleNamespace(trouble=note, warning=note))
    dead = SeedWorker(hands.store, "dead").register()
    submit(hands.store, a_job("odd", queue="odd"), "one", "two")
    dead.claim(3)

    with written_over(redis_client, hands.store.keys.ready("odd")):
        for _ in range(3):
            look_at_the_others(hands)

        assert [hands.read.job(name).state for name in ("odd", "one", "two")] == [
            State.RUNNING,
            State.QUEUED,
            State.QUEUED,
        ]
        (refused,) = {sentence for sentence in said if "cannot be given back" in sentence}
        assert refused.startswith("odd of worker dead cannot be given back, which is tried again until it can")
        assert "tidy odd is queued again" not in said

    look_at_the_others(hands)
    assert said.count("tidy odd is queued again") == 1
    assert hands.read.job("odd").state is State.QUEUED
    assert "dead" not in [worker.id for worker in hands.read.workers()]


def test_more_jobs_than_are_told_at_once_hold_none_up_that_stands_behind_them(
    hands: Hands, redis_client: redis.Redis
) -> None:
    dead = SeedWorker(hands.store, "dead").register()
    odd = [f"odd{number}" for number in range(BATCH + 1)]
    submit(hands.store, *[a_job(name, queue="odd") for name in odd])
    dead.claim(BATCH + 1)
    submit(hands.store, "one", "two")
    dead.claim(2)

    with written_over(redis_client, hands.store.keys.ready("odd")):
        for _ in range(2):
            look_at_the_others(hands)
        assert {hands.read.job(name).state for name in ("one", "two")} == {State.QUEUED}
        assert {job.state for job in hands.read.jobs(odd)} == {State.RUNNING}

    look_at_the_others(hands)
    assert {job.state for job in hands.read.jobs(odd)} == {State.QUEUED}
