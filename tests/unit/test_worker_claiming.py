"""When a worker asks for work: also when it was called while the answer to its last question was on its way."""

from __future__ import annotations

import math
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qctl.engine.backlog import Backlog, Durations
from qctl.engine.claiming import Claiming
from qctl.engine.claims import Claims
from qctl.engine.selection import read_selection
from qctl.engine.settling import Settling
from qctl.engine.station import ServerTime, Station
from qctl.engine.turn import Turn
from qctl.errors import RedisBusy
from qctl.store import Command, Keys, Verbs
from qctl.store.values import Claim, Claimed, Standing

NOTHING = Claimed(standing=Standing.OK, now_ms=0, next_due_ms=None, more=False)


@pytest.fixture
def durations() -> Durations:
    return Durations()


@pytest.fixture
def claiming(durations: Durations) -> Claiming:
    """Of a worker with a free slot and nothing to do."""
    station = SimpleNamespace(
        worker="w",
        clock=lambda: 0.0,
        claims=Claims(),
        time=ServerTime(),
        dice=Random(1),
        verbs=Verbs(Keys("n")),
        shutdown=SimpleNamespace(takes_work=True),
        lease=SimpleNamespace(trusted=lambda now: True),
    )
    selection = read_selection(None, (), "host")
    return Claiming(cast(Station, station), Backlog(1, durations), selection, lambda claims, now: None)


def asks(claiming: Claiming) -> bool:
    return bool(claiming.commands(0.0, 1, passing=False))


def test_who_found_nothing_asks_again_when_it_is_called(claiming: Claiming) -> None:
    assert asks(claiming)
    claiming.answered(NOTHING)
    assert not asks(claiming)

    claiming.look()

    assert asks(claiming)


def test_a_call_that_comes_while_a_claim_is_under_way_is_not_forgotten(claiming: Claiming) -> None:
    """The server may have answered the claim before the work came that somebody calls for."""
    assert asks(claiming)
    claiming.look()

    claiming.answered(NOTHING)

    assert asks(claiming)
    claiming.answered(NOTHING)
    assert not asks(claiming), "once"


def test_a_claim_whose_answer_was_lost_is_asked_again_at_once(claiming: Claiming) -> None:
    """Fault 47: what it took is this worker's, which does not know it; neither a call nor a free slot is waited for."""
    (first,) = claiming.commands(0.0, 1, passing=False)
    claiming.answered(NOTHING)
    (asked,) = claiming.commands(0.0, 1, passing=True)
    station = SimpleNamespace(line=SimpleNamespace(up=True), claims=Claims())
    turn = Turn(cast(Station, station), claiming, cast(Settling, SimpleNamespace(ready=False, again_at=math.inf)))
    assert turn.next_due() == math.inf

    claiming.lost()

    assert turn.next_due() == -math.inf
    (again,) = claiming.commands(0.0, 0, passing=False)
    assert again.words == asked.words != first.words
    claiming.answered(NOTHING)
    assert turn.next_due() > 0


def test_a_claim_that_may_have_been_heard_outlives_a_refusal(claiming: Claiming) -> None:
    """Faults 31 and 47: Redis was killed after it had claimed, and says that it loads when it is asked again."""
    (asked,) = claiming.commands(0.0, 1, passing=False)
    claiming.lost()
    assert asks(claiming)

    assert claiming.answered(RedisBusy(url="unix:///r")) is not None

    assert claiming.unanswered
    (again,) = claiming.commands(0.0, 0, passing=False)
    assert again.words == asked.words
    claiming.answered(NOTHING)
    assert claiming.idle


def test_a_claim_that_was_refused_at_once_took_nothing(claiming: Claiming) -> None:
    (asked,) = claiming.commands(0.0, 1, passing=False)

    claiming.answered(RedisBusy(url="unix:///r"))

    assert claiming.idle
    (another,) = claiming.commands(0.0, 1, passing=False)
    assert another.words != asked.words


def test_it_is_known_which_claim_has_not_been_answered(claiming: Claiming) -> None:
    claims = claiming._station.claims
    assert claims.awaited == 0
    asks(claiming)
    asked = claims.awaited

    claiming.lost()

    assert claims.awaited == asked != 0
    assert asks(claiming)
    assert claims.awaited == asked
    claiming.answered(NOTHING)
    assert claims.awaited == 0


def test_what_was_claimed_under_an_id_that_is_no_more_is_not_begun(claiming: Claiming) -> None:
    """Faults 9 and 47: the answer comes by another connection than the word that the old id was taken for dead."""
    begun: list[Claim] = []
    claiming._accept = lambda claims, now: begun.extend(claims)
    job = Claim("a", 1, 1, "t", "q", 0, 0, 0, 0, b"")
    asks(claiming)
    cast(Any, claiming._station).worker = "w-anew"

    claiming.answered(NOTHING._replace(claims=(job,)))

    assert begun == []
    assert claiming.idle


def test_a_claim_that_was_answered_before_a_suspension_does_not_set_the_servers_clock_back(claiming: Claiming) -> None:
    """Fault 60: the answer has lain in the socket for an hour, in which this worker's clock stood still."""
    time = claiming._station.time
    time.heard(1_000_000, 0.0, 0.0)
    asks(claiming)
    time.slept(3600.0, 0.05)
    cast(Any, claiming._station).clock = lambda: 0.1

    claiming.answered(NOTHING._replace(now_ms=1_000_050))

    assert abs(time.at(0.1) - 4_600_100) <= 100


def test_a_claim_that_stands_asks_for_what_can_begin_at_once(claiming: Claiming, durations: Durations) -> None:
    """The server carries it out also for a host that is no more, and what it takes then waits for the lease to end."""
    durations.note("quick", 0.0001)
    claiming._backlog.surplus(["quick"], 1, 0.0)  # it knows its jobs to be short, and would hold many of them
    (asked,) = claiming.commands(0.0, 1, passing=False)
    claiming.answered(NOTHING)

    (standing,) = claiming.stand(0.0, 1)

    assert _wanted(asked) > 100
    assert _wanted(standing) == 1
    assert not claiming.may_stand(0.0, 0), "a busy worker leaves what comes to others"


def _wanted(claim: Command[Any]) -> int:
    """How many jobs a claim asks for: its third argument behind the script, the number of its keys, and three keys."""
    return int(cast("int", claim.words[8]))
