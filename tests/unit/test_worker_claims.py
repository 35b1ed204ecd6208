"""The ledger of what a worker holds, and its comparison with what the store says."""

from __future__ import annotations

from collections.abc import Callable

from qctl.engine.claims import Claims, Comparison, Held, Stage
from qctl.store.values import Claim


def held(id_: str, fence: int = 1, since: float = 0.0) -> Held:
    claim = Claim(
        id=id_, fence=fence, attempt=1, task="t", queue="q", failures=0, crashes=0, losses=0, enqueued_ms=0, body=b""
    )
    return Held(claim, "w", None, since)


def test_a_job_is_held_once_though_its_turn_was_answered_twice() -> None:
    claims = Claims()

    assert claims.take(held("a"))
    assert not claims.take(held("a"))
    assert claims.take(held("a", fence=2))
    assert len(claims.waiting) == 2


def test_what_was_read_back_stands_first_in_its_old_order() -> None:
    claims = Claims()
    for name in "abc":
        claims.take(held(name))
    claims.went(2, 0)

    claims.back([("a", 1), ("b", 1)])

    assert [one.claim.id for one in claims.waiting] == ["a", "b", "c"]
    assert all(one.stage is Stage.WAITING for one in claims.waiting)


def test_a_stranger_is_given_back_only_when_it_stays_one_for_a_second() -> None:
    claims, comparison = Claims(), Comparison()

    first = comparison.compare({"x": 3}, claims, 10.0)
    later = comparison.compare({"x": 3}, claims, 11.1)

    assert (first.strangers, first.undecided) == ([], True)
    assert (later.strangers, later.undecided) == ([("x", 3)], False)


def test_a_stranger_that_was_explained_meanwhile_begins_anew() -> None:
    claims, comparison = Claims(), Comparison()
    comparison.compare({"x": 3}, claims, 10.0)
    comparison.compare({}, claims, 10.5)

    assert comparison.compare({"x": 3}, claims, 11.1).strangers == []


def test_what_a_claim_may_have_taken_whose_answer_is_still_on_its_way_is_no_stranger() -> None:
    """Fault 47: the answer to a claim comes by another connection than that to a heartbeat, and may be much longer."""
    claims, comparison = Claims(), Comparison()
    claims.awaited = 7
    comparison.compare({"x": 3}, claims, 10.0)

    later = comparison.compare({"x": 3}, claims, 12.0)
    claims.awaited = 8  # 7 was answered, and it was not among what that had taken
    latest = comparison.compare({"x": 3}, claims, 13.0)

    assert (later.strangers, later.undecided) == ([], True)
    assert (latest.strangers, latest.undecided) == ([("x", 3)], False)


def test_a_job_under_another_fence_or_gone_is_lost_but_not_one_that_is_settled_or_newer_than_the_question() -> None:
    claims, comparison = Claims(), Comparison()
    gone, fenced, over, newer = held("gone"), held("fenced"), held("over"), held("newer", since=10.5)
    for one in (gone, fenced, over, newer):
        claims.take(one)
    claims.end(over)

    difference = comparison.compare({"fenced": 2}, claims, 10.0)

    assert difference.lost == [gone, fenced]


def test_every_slot_finds_its_next_job_when_more_is_sent_than_may_run_and_follow() -> None:
    """Of a short job it is heard only when it is over: one of those that were sent may run in each slot."""
    claims = Claims()
    claims.slots = 2
    for number in range(6):
        claims.take(held(str(number)))

    changes: list[Callable[[], object]] = [
        lambda: claims.went(4, 0),  # two run, and two follow: none may be left in a moment
        lambda: claims.went(1, 0),
        lambda: claims.begin(("0", 1)),  # whether it was heard of or not
        lambda: claims.over(("0", 1), 1.0),
    ]
    said = []
    for change in changes:
        change()
        said.append(claims.at_hand)

    assert said == [False, True, True, False]
