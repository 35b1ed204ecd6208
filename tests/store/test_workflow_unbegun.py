"""Jobs of a workflow that has not come to them: when they were asked for, and how they ended if it never did."""

from __future__ import annotations

import pytest

from qctl.cli.screens.waiting import change
from qctl.model.job_words import again
from qctl.model.state import Outcome, Reason, State
from qctl.model.workflow.standing import tally
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store
from qctl.store.workflow_values import UNNEEDED
from tests.support.workflow_seed import Crew, a_workflow, chain, group, send, state_of
from tests.unit.jobs_at_hand import PIPE

HOUR = 3_600_000


def cancelled(store: Store) -> None:
    send(store, a_workflow(chain("a", group("b", "c")), on_error="page", delay_ms=HOUR))
    store.do(store.verbs.cancel(["w"], {"by": "ada", "reason": "not today"}))


def test_a_workflow_that_was_cancelled_before_it_began_has_cancelled_all_of_its_jobs(
    store: Store, read: Reading
) -> None:
    """C96"""
    cancelled(store)

    state = state_of(read)
    assert state.fates == {
        "1": "cancelled",
        "g1": "cancelled",
        "2": "cancelled",
        "3": "cancelled",
        "on_error": UNNEEDED,
    }
    assert tally(state).said == "3/3 done, 3 cancelled"
    for name in "123":
        job = read.job(f"w.{name}")
        assert (job.state, job.outcome, job.reason) == (State.ENDED, Outcome.CANCELLED, Reason.BY_USER)
        assert (job.ended_ms, job.enqueued_ms) == (state.job.ended_ms, state.job.enqueued_ms)
        assert (job.cancelled_by, job.cancel_reason) == ("ada", "not today")


@pytest.mark.parametrize("job", ["w", "w.1"])
def test_it_runs_after_all_where_its_report_says(store: Store, read: Reading, crew: Crew, job: str) -> None:
    """Nothing of it failed; and one of its jobs has nothing to go on from."""
    cancelled(store)
    assert again(read.job(job)) == "qctl retry w"

    assert store.do(store.verbs.revive(["w"], {})) == ["OK"]

    assert crew.look() == ["1"]


def test_what_a_waiting_job_comes_after_is_named_and_the_first_one_comes_after_nothing(
    store: Store, read: Reading
) -> None:
    workflow = a_workflow(chain("a", "b"), delay_ms=HOUR)
    send(store, workflow)

    first = read.job("w.1")
    assert (first.state, first.enqueued_ms) == (State.WAITING, read.job("w").enqueued_ms)
    assert change(first, PIPE).endswith("a waiting queue=default priority=5")


SHAPES: dict[str, tuple[Tree | str, str]] = {
    "alone": ("a", "1"),
    "first in a chain": (chain("a", "b"), "1"),
    "middle of a chain": (chain("a", "b", "c"), "2"),
    "last in a chain": (chain("a", "b"), "2"),
    "member of a group": (group("a", "b"), "1"),
    "in a header": (chain(group("a", "b"), "c"), "2"),
    "the body": (chain(group("a", "b"), "c"), "3"),
    "in a body that is a chain": (chain(group("a", "b"), chain("c", "d")), "3"),
    "in a body that is a group": (chain(group("a", "b"), group("c", "d")), "4"),
    "in a chain in a header": (chain(group(chain("a", "b"), "c"), "d"), "2"),
    "in a chord in a header": (chain(group(chain(group("a", "b"), "c"), "d"), "e"), "3"),
}


@pytest.mark.parametrize("place", SHAPES)
def test_whichever_job_is_revoked_before_its_turn_never_runs_and_nothing_comes_of_it(
    store: Store, read: Reading, crew: Crew, place: str
) -> None:
    """C97: the shapes of Celery's test."""
    tree, name = SHAPES[place]
    send(store, a_workflow(tree))
    store.do(store.verbs.cancel([f"w.{name}"], {"by": "ada"}))
    ran: set[str] = set()
    while nodes := crew.look():
        ran |= set(nodes)
        for node in nodes:
            crew.end(node)
    state = state_of(read)
    assert name not in ran
    assert state.fates[name] == "cancelled"
    assert {node for node in state.jobs if state.fates.get(node) == "succeeded"} == ran
    assert state.job.outcome is Outcome.CANCELLED
