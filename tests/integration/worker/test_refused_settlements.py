"""Settlements that Redis refuses for what it finds where they lead: each is told again, and holds no other up."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
import redis

from qctl.engine.apart import AGAIN
from qctl.engine.claims import Held
from qctl.engine.journal import Journal
from qctl.engine.outbox import BATCH, Settled
from qctl.engine.settle import Verb
from qctl.engine.settling import Settling
from qctl.errors import RedisBusy
from qctl.model.state import Outcome, Reason, State
from tests.integration.worker.hands import Hands
from tests.integration.worker.workshop import Workshop
from tests.support.store_seed import settled, submit


class Desk:
    """A worker whose jobs have failed, `odd` with output; somebody else writes over what names all output."""

    def __init__(self, hands: Hands, server: redis.Redis) -> None:
        self.hands, self.server = hands, server
        self.complaints: list[str] = []
        journal = SimpleNamespace(trouble=lambda _, sentence: self.complaints.append(sentence))
        hands.station.journal = cast("Journal", journal)
        self.settling = Settling(hands.station, hands.outbox)

    def fail(self, *jobs: str) -> None:
        """Claim jobs, and leave it to be told that they have failed."""
        submit(self.hands.store, *jobs)
        for claim in self.hands.claim_next(len(jobs)):
            held = Held(claim, self.hands.station.worker, None, self.hands.now)
            self.hands.station.claims.take(held)
            self.hands.station.claims.end(held)
            failure = settled(
                claim, outcome=Outcome.FAILED, reason=Reason.EXIT, log=b"some" if claim.id == "odd" else b""
            )
            self.hands.outbox.add(Settled(held, Verb.BURY, failure))

    def write_over(self) -> None:
        self.server.set(self.hands.store.keys.outputs, "x")

    def put_right(self) -> None:
        self.server.delete(self.hands.store.keys.outputs)

    def tell(self) -> int:
        """One turn. Answers how many calls it made."""
        commands = self.settling.commands()
        if commands:
            assert self.settling.answered(self.hands.store.ask_all(commands)) is None, "nothing else has to wait for it"
        return len(commands)

    @property
    def untold(self) -> list[str]:
        return [held.claim.id for held in self.hands.station.claims]


@pytest.fixture
def desk(redis_url: str, namespace: str, redis_client: redis.Redis) -> Iterator[Desk]:
    hands = Hands(redis_url, namespace)
    yield Desk(hands, redis_client)
    hands.close()


def test_one_that_is_refused_for_ever_holds_no_other_up(desk: Desk) -> None:
    desk.fail("a", "odd", "b")
    desk.write_over()

    assert (desk.tell(), desk.tell(), desk.tell()) == (1, 3, 0)

    assert desk.untold == ["odd"]
    for batch in range(3):
        desk.fail(*(f"j{batch}-{n:03}" for n in range(BATCH)))
        desk.tell()
    assert desk.untold == ["odd"]
    assert desk.settling.at_rest
    assert not desk.settling.idle
    desk.put_right()
    desk.hands.pass_time(AGAIN)
    desk.tell()
    assert desk.settling.idle


def test_it_is_told_by_itself_every_few_seconds_until_it_is_taken_and_the_journal_says_which(desk: Desk) -> None:
    desk.fail("odd")
    desk.write_over()
    desk.tell()

    for _ in range(3):
        assert desk.settling.again_at == desk.hands.now + AGAIN
        assert desk.tell() == 0
        desk.hands.pass_time(AGAIN)
        assert desk.tell() == 1

    assert {sentence.partition(":")[0] for sentence in desk.complaints} == {
        "bury of odd is refused, and told again until it is not"
    }
    desk.put_right()
    desk.hands.pass_time(AGAIN)
    desk.tell()
    assert desk.settling.idle
    assert desk.hands.read.job("odd").outcome is Outcome.FAILED


def test_what_a_server_that_is_busy_refuses_waits_with_all_the_others(desk: Desk) -> None:
    desk.fail("a", "b")
    (_,) = desk.settling.commands()

    assert isinstance(desk.settling.answered([RedisBusy(url="unix:///r")]), RedisBusy)

    assert desk.settling.ready
    assert desk.tell() == 1
    assert desk.untold == []


def test_a_worker_that_stays_until_no_work_is_left_goes_though_the_end_of_a_job_is_refused_for_ever(
    shop: Workshop, redis_client: redis.Redis
) -> None:
    """It waits as long as `--drain-timeout` says, and tells that others run the job again."""
    shop.declare('[tasks.fails]\nrun = "echo some; exit 3"\n')
    id_ = shop.submit("fails")
    redis_client.set(shop.store.keys.outputs, "x")

    hasty = "from qctl.engine import departure\ndeparture.LAST_WORDS = 0.1\n"
    worker = shop.worker(until_empty=True, drain_timeout=0.5, first=hasty)

    assert worker.wait() == 1
    assert f"bury of {id_} is refused" in worker.says("refused")["message"]
    assert "1 jobs ended" in worker.says("give_up")["message"]
    assert shop.read.job(id_).state is State.RUNNING
    redis_client.delete(shop.store.keys.outputs)
