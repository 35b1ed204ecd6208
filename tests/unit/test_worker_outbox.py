"""Settlements on their way to the store: what travels together, and what comes back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from qctl.engine.claims import Claims, Held
from qctl.engine.outbox import Outbox, Settled
from qctl.engine.settle import Verb
from qctl.engine.settling import Settling
from qctl.engine.station import Station
from qctl.errors import RedisBusy
from qctl.store import Keys, Verbs
from qctl.store.values import Answer, Claim, Settlement


def a_success(job: str, attempt: int = 1, log: bytes = b"") -> Settled:
    claim = Claim(job, 1, attempt, "tidy", "default", 0, 0, 0, 0, b"{}")
    return Settled(Held(claim, "w", None, 0.0), Verb.COMPLETE, Settlement(id=job, fence=1, record=b"{}", log=log))


def a_mixture() -> Outbox:
    outbox = Outbox()
    for one in (a_success("a"), a_success("tried", attempt=2), a_success("b"), a_success("printed", log=b"!")):
        outbox.add(one)
    return outbox


def test_successes_that_cannot_go_the_short_way_do_not_take_the_others_along() -> None:
    batch = a_mixture().next_batch()
    assert batch is not None

    told = [[one.held.claim.id for one in group] for _, group in batch.groups]

    assert told == [["a", "b"], ["tried", "printed"]]
    scripts = [command.script for command in batch.commands(Verbs(Keys("n")))]
    assert [script and script.name for script in scripts] == ["complete", "complete"]


def test_of_two_calls_the_one_that_was_refused_is_told_again() -> None:
    outbox = a_mixture()
    station = SimpleNamespace(claims=Claims(), verbs=Verbs(Keys("n")))
    settling = Settling(cast("Station", station), outbox)
    assert len(settling.commands()) == 2

    settling.answered([RedisBusy(url="unix:///r"), [Answer.OK, Answer.OK]])

    again = outbox.next_batch()
    assert again is not None
    assert [[one.held.claim.id for one in group] for _, group in again.groups] == [["a", "b"]]
