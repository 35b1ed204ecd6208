"""What is said of many large jobs at once: a call answers for some of them, so that none holds the server up."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from qctl.client.acting import Acting
from qctl.client.queueing import Queueing
from qctl.model.state import Outcome
from qctl.store import Command, Reading, Store
from tests.store.test_claims_of_much import MB
from tests.support.store_seed import HOUR_MS, a_job, end_long_ago, everything, submit

IDS = tuple(f"j{number}" for number in range(10))
#: What one call reads is four megabytes, or a job more.
FIRST = 4


@pytest.fixture(autouse=True)
def large(store: Store) -> None:
    """Ten queued jobs of a megabyte each."""
    for job in IDS:
        submit(store, a_job(job, body=b"x" * MB))


def cancel(store: Store) -> None:
    Acting(store, {}).cancel(IDS)


def nothing(_store: Store) -> None:
    """They stay queued."""


Verb = Callable[[Store, Sequence[str]], "Command[list[object]]"]


@pytest.mark.parametrize(
    ("before", "verb"),
    [
        (nothing, lambda store, ids: store.verbs.cancel(ids, {})),
        (nothing, lambda store, ids: store.verbs.prioritise(ids, 1)),
        (cancel, lambda store, ids: store.verbs.revive(ids)),
        (cancel, lambda store, ids: store.verbs.remove(ids)),
    ],
    ids=["cancel", "prioritise", "revive", "remove"],
)
def test_a_call_answers_for_some_of_them_and_leaves_the_others_alone(
    store: Store, before: Callable[[Store], None], verb: Verb
) -> None:
    before(store)
    there = everything(store)

    assert len(store.do(verb(store, IDS))) == FIRST

    assert fields_of(everything(store), IDS[FIRST:]) == fields_of(there, IDS[FIRST:])
    assert fields_of(everything(store), IDS[:1]) != fields_of(there, IDS[:1])


def fields_of(found: dict[str, object], ids: Sequence[str]) -> dict[str, object]:
    names = tuple(f"job:{job} " for job in ids)
    return {name: said for name, said in found.items() if name.startswith(names)}


def test_who_asks_for_all_of_them_is_answered_for_each(store: Store, read: Reading) -> None:
    acting = Acting(store, {})
    assert acting.prioritise(IDS, 1) == ["6"] * 10
    assert [one.answer for one in acting.cancel(IDS)] == ["OK"] * 10
    assert acting.retry(IDS) == ["OK"] * 10
    assert Queueing(store).withdraw(IDS, "purge", "ada") == [True] * 10
    assert {job.outcome for job in read.jobs(IDS)} == {Outcome.CANCELLED}
    assert acting.remove((*IDS, "gone")) == [*["OK"] * 10, "UNKNOWN"]


def test_of_large_ones_that_wait_for_an_end_some_are_told_and_the_others_follow(store: Store, read: Reading) -> None:
    waiting = [f"w{number}" for number in range(10)]
    submit(store, "small")
    for job in waiting:
        submit(store, a_job(job, body=b"x" * MB, after=("small",)))

    store.do(store.verbs.cancel(["small"], {}))

    assert [job.ended for job in read.jobs(waiting)] == [True] * FIRST + [False] * (10 - FIRST)
    assert store.do(store.verbs.follow()) == (FIRST, True)
    assert store.do(store.verbs.follow()) == (2, False)
    assert {job.outcome for job in read.jobs(waiting)} == {Outcome.SKIPPED}


def test_of_large_ones_that_are_past_their_retention_some_go_in_a_call(store: Store) -> None:
    cancel(store)
    for job in IDS:
        end_long_ago(store, job, 2 * HOUR_MS)
    assert [store.do(store.verbs.forget("tidy", 0, 0)) for _ in range(3)] == [(4, True), (4, True), (2, False)]
