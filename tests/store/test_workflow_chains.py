"""Chains in the store: who starts when, what it receives, and what becomes of the rest when one does not succeed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.store import Command, Reading, Store
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer
from tests.support.store_seed import SeedWorker, changed, everything, lose, make_due
from tests.support.waiting import eventually
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    fates,
    received,
    send,
    sources,
    step,
)

LEVEL = 2**49


def test_a_workflow_is_written_once_and_only_its_first_node_becomes_a_job(store: Store) -> None:
    """Rule 1."""
    before = everything(store)

    assert send(store, a_workflow(chain("a", "b"))) == [Submitted(Taken.NEW, "w")]

    assert changed(before, everything(store)) == {
        "job:w form": "live",
        "job:w t": "pipeline",
        "job:w q": "default",
        "job:w p": "5",
        "job:w b": '{"task":"pipeline","kind":"workflow","plan":"d1"}',
        "job:w at": "a time",
        "job:w s": "running",
        "job:w st": "a time",
        "job:w w": "2",
        "nodes:w plan": '{"f":"1","l":"2","jobs":2,"text":"a text","digest":"d1"}',
        "nodes:w 1": '{"j":{"t":"a","q":"default","p":"5"},"nx":"2"}\n{"task":"a","workflow_id":"w"}',
        "nodes:w 2": '{"j":{"t":"b","q":"default","p":"5"},"pv":"1"}\n{"task":"b","workflow_id":"w"}',
        "workflows": [("w", 1)],
        "live:w": [("1", 2)],
        "job:w.1 form": "live",
        "job:w.1 t": "a",
        "job:w.1 q": "default",
        "job:w.1 p": "5",
        "job:w.1 b": '{"task":"a","workflow_id":"w"}',
        "job:w.1 at": "a time",
        "job:w.1 s": "queued",
        "job:w.1 sc": str(4 * LEVEL + 3),
        "job:w.1 wf": "w",
        "job:w.1 nd": "1",
        "ready:default": [("w.1", 4 * LEVEL + 3)],
        "queues": ["default"],
        "wake:default": 1,
        "recent": ["w"],
        "seq": b"3",
        "stats in:default": 1,
        "events": ["submit w", "submit w.1"],
    }


def test_the_end_of_a_node_and_the_start_of_the_next_are_one_call(store: Store, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    before = everything(store)

    crew.end("1")

    after = changed(before, everything(store))
    assert {name: said for name, said in after.items() if "w.1" not in name} == {
        "fates:w 1": "succeeded",
        "live:w": [("2", 4)],
        "job:w.2 form": "live",
        "job:w.2 t": "b",
        "job:w.2 q": "default",
        "job:w.2 p": "5",
        "job:w.2 b": '{"task":"b","workflow_id":"w"}',
        "job:w.2 at": "a time",
        "job:w.2 s": "queued",
        "job:w.2 sc": str(4 * LEVEL + 5),
        "job:w.2 wf": "w",
        "job:w.2 nd": "2",
        "job:w.2 in": "v:1",
        "ready:default": [("w.2", 4 * LEVEL + 5)],
        "wake:default": 1,
        "ended:a": ["w.1"],
        "tasks": ["a"],
        "stats succeeded:a": 1,
        "stats in:default": 2,
        "stats out:default": 1,
        "seq": b"5",
        "events": ["complete w.1", "submit w.2"],
    }


def test_the_same_submit_again_changes_nothing_and_another_plan_collides(store: Store, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.end("1")
    before = everything(store)
    assert send(store, a_workflow(chain("a", "b"))) == [Submitted(Taken.EXISTS, "w")]
    assert send(store, a_workflow("a", body=b"{}")) == [Submitted(Taken.COLLISION, "w")]
    assert changed(before, everything(store)) == {}


def test_values_pass_from_step_to_step_and_the_last_one_is_the_workflows(
    store: Store, read: Reading, crew: Crew
) -> None:
    """C01, C06, C07: `.c` receives nothing; a step without a value gives null."""
    send(store, a_workflow(chain("a", "b", ".c", "d")))
    assert sources(crew) == {"1": ""}
    crew.end("1", "32")
    assert received(read, crew, "2") == 32
    crew.worker.complete(crew.claims.pop("2"))
    assert sources(crew) == {"3": ""}
    crew.end("3", "null")
    assert received(read, crew, "4") is None
    assert crew.look() == ["4"]
    crew.end("4", "[1, 2]")
    assert ending(read) == ("succeeded", None, None)
    value = read.value("w")
    assert value is not None
    assert value.data == b"[1, 2]"


def test_a_chain_of_one_and_an_empty_one(store: Store, read: Reading, crew: Crew) -> None:
    """C02, C03, C05: nothing to do is done at once."""
    send(store, a_workflow(chain(chain("a"))), a_workflow(chain(), "empty"))
    assert ending(read, "empty") == ("succeeded", None, None)
    assert read.value("empty") is None
    crew.end("1", "42")
    assert ending(read) == ("succeeded", None, None)
    assert [job.id for job in read.active(9)] == []


def _fail(store: Store, crew: Crew) -> None:
    crew.fail("2")


def _time_out(store: Store, crew: Crew) -> None:
    crew.fail("2", outcome=Outcome.TIMEOUT, reason=Reason.TIMEOUT)


def _cancel(store: Store, crew: Crew) -> None:
    crew.fail("2", outcome=Outcome.CANCELLED, reason=Reason.BY_USER)


def _lose(store: Store, crew: Crew) -> None:
    crew.look()
    lose(store, crew.worker, lost=True)


def _break(store: Store, crew: Crew) -> None:
    """C76: somebody wrote over the record of a job that runs."""
    crew.look()
    store.do(Command(("SET", store.keys.job("w.2"), "garbage"), bool))
    assert crew.fail("2") == Answer.UNKNOWN
    store.do(store.verbs.follow())


def _vanish(store: Store, crew: Crew) -> None:
    """C76: the record of a job that runs was evicted."""
    crew.look()
    store.do(Command(("DEL", store.keys.job("w.2")), int))
    assert crew.end("2") == Answer.UNKNOWN
    store.do(store.verbs.follow())


@pytest.mark.parametrize(
    ("end", "outcome", "why"),
    [
        (_fail, "failed", "upstream_failed"),
        (_time_out, "timeout", "upstream_failed"),
        (_cancel, "cancelled", "upstream_cancelled"),
        (_lose, "lost", "upstream_failed"),
        (_break, "lost", "upstream_failed"),
        (_vanish, "lost", "upstream_failed"),
    ],
    ids=["failed", "timeout", "cancelled", "lost", "broken", "gone"],
)
def test_what_follows_one_that_does_not_succeed_is_skipped_and_nothing_waits(
    store: Store, read: Reading, crew: Crew, end: Callable[[Store, Crew], None], outcome: str, why: str
) -> None:
    """Rule 2, C15, C16."""
    send(store, a_workflow(chain("a", "b", "c", "d")))
    crew.end("1")
    crew.look()

    end(store, crew)

    assert fates(read) == {"1": "succeeded", "2": outcome, "3": "skipped", "4": "skipped"}
    assert ending(read, "w.3") == ("skipped", why, "w.2")
    assert ending(read, "w.4") == ("skipped", why, "w.2")
    assert ending(read)[0] == outcome
    assert read.job("w").upstream == "w.2"
    assert read.job("w").failed_nodes == 1


def test_one_that_expires_before_it_starts_ends_the_chain(store: Store, read: Reading, crew: Crew) -> None:
    """C98."""
    send(store, a_workflow(chain(step("a", expires_ms=1), "b")))
    eventually(lambda: read.now_ms() > (read.job("w.1").expires_ms or 0))
    assert crew.look() == []
    assert ending(read, "w.2") == ("skipped", "upstream_failed", "w.1")
    assert ending(read) == ("expired", "expired", "w.1")


def test_a_countdown_of_the_workflow_delays_its_start_alone(store: Store, read: Reading, crew: Crew) -> None:
    """C19."""
    send(store, a_workflow(chain("a", "b"), delay_ms=60_000))
    assert read.job("w").state is State.SCHEDULED
    assert crew.look() == []
    make_due(store, "w")
    store.do(store.verbs.promote())
    assert read.job("w").state is State.RUNNING
    crew.end("1")
    assert crew.look() == ["2"]


def test_a_countdown_and_an_expiry_of_a_step_count_from_the_end_of_the_one_before(
    store: Store, read: Reading, crew: Crew
) -> None:
    """C20, C21."""
    send(store, a_workflow(chain("a", step("b", delay_ms=60_000, expires_ms=90_000))))
    assert read.job("w.2").due_ms is None
    crew.end("1")
    second, first = read.job("w.2"), read.job("w.1")
    assert (second.state, second.due_ms) == (State.SCHEDULED, (first.ended_ms or 0) + 60_000)
    assert second.expires_ms == (first.ended_ms or 0) + 90_000


def test_each_step_keeps_its_own_queue_and_priority(store: Store, read: Reading, crew: Crew) -> None:
    """C22, C23."""
    send(store, a_workflow(chain(step("a", priority=3, queue="slow"), step("b", priority=9))))
    assert (read.job("w.1").queue, read.job("w.1").priority) == ("slow", 3)
    crew.end("1")
    assert (read.job("w.2").queue, read.job("w.2").priority) == ("default", 9)


def test_another_try_is_no_end(store: Store, read: Reading, crew: Crew) -> None:
    """Rule 7, C26, C61, C89."""
    send(store, a_workflow(chain("a", "b", link_error=(step("bad"),))))
    for _ in range(2):
        crew.look()
        assert crew.worker.retry(crew.claims.pop("1")) == Answer.OK
        assert fates(read) == {}
        make_due(store, "w.1")
        store.do(store.verbs.promote())
    crew.end("1")
    assert crew.look() == ["2"]


def test_a_late_finish_of_an_attempt_that_was_superseded_counts_nowhere(
    store: Store, read: Reading, crew: Crew, other_worker: SeedWorker
) -> None:
    """Rule 7, C72."""
    send(store, a_workflow(chain("a", "b")))
    crew.look()
    late = crew.claims.pop("1")
    lose(store, crew.worker)
    mine = other_worker.take()
    other_worker.bury(mine)
    assert crew.worker.complete(late) == Answer.FENCED
    assert fates(read) == {"1": "failed", "2": "skipped"}


def test_who_stops_stops_the_rest_of_its_chain_and_it_is_no_failure(store: Store, read: Reading, crew: Crew) -> None:
    """C17, C18."""
    send(store, a_workflow(chain("a", "b", link_error=(step("bad"),)), on_error="page"))
    crew.fail("1", outcome=Outcome.SKIPPED, reason=Reason.STOPPED)
    assert ending(read, "w.2") == ("skipped", "stopped", "w.1")
    assert ending(read) == ("skipped", "stopped", "w.1")
    assert crew.look() == []
