"""What counts as a run of a task: a workflow's jobs do, and it does not, but where it failed by itself."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome
from qctl.model.tally import counted as runs_among
from qctl.store import Command, Reading, Store
from tests.store.test_workflow_cancel import cancel, pass_deadlines
from tests.support.store_seed import everything
from tests.support.workflow_seed import Crew, a_workflow, chain, send


def counters(store: Store) -> dict[str, int]:
    """How often runs of tasks ended in which way."""
    counted = {name.removeprefix("stats "): value for name, value in everything(store).items() if name[:6] == "stats "}
    return {name: value for name, value in counted.items() if name.partition(":")[0] in list(Outcome)}


def runs(read: Reading, *ids: str) -> list[str]:
    """Those of these jobs that are counted."""
    return [one.id for one in runs_among(read.endings(ids))]


def test_one_that_succeeds_is_counted_by_its_steps_alone(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.end("1")
    crew.end("2")
    assert counters(store) == {"succeeded:a": 1, "succeeded:b": 1}
    assert runs(read, "w", "w.1", "w.2") == ["w.1", "w.2"]


def test_a_step_that_fails_is_one_failure(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.fail("1")
    assert counters(store) == {"failed:a": 1, "skipped:b": 1}
    now_ms = read.now_ms()
    assert read.failures_since(now_ms - 60_000, now_ms) == 1
    assert runs(read, "w", "w.1", "w.2") == ["w.1", "w.2"]


def test_a_step_that_fails_again_after_a_retry_is_one_failure_too(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b")))
    crew.fail("1")
    store.do(store.verbs.revive(["w"], {}))
    crew.look()
    now_ms = read.now_ms()
    assert read.failures_since(now_ms - 60_000, now_ms) == 0
    crew.fail("1")
    assert read.failures_since(now_ms - 60_000, now_ms) == 1


def test_one_that_is_cancelled_while_it_runs_is_no_job_of_its_own(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow("a"))
    cancel(store, "w")
    assert counters(store) == {"cancelled:a": 1}
    assert runs(read, "w", "w.1") == ["w.1"]


def test_one_that_runs_out_of_time_has_failed_by_itself(store: Store, read: Reading, crew: Crew) -> None:
    """None of its steps tells of it."""
    send(store, a_workflow("a", timeout_ms=1000))
    pass_deadlines(store)
    assert counters(store) == {"timeout:pipeline": 1, "cancelled:a": 1}
    assert runs(read, "w", "w.1") == ["w", "w.1"]


def test_one_that_runs_again_after_it_has_failed_by_itself_has_not_failed_yet(
    store: Store, read: Reading, crew: Crew
) -> None:
    send(store, a_workflow("a", timeout_ms=1000))
    pass_deadlines(store)
    assert store.do(store.verbs.revive(["w"], {})) == ["OK"]
    now_ms = read.now_ms()
    assert read.failures_since(now_ms - 60_000, now_ms) == 0


def test_one_that_never_began_is_a_job_that_did_not(store: Store, read: Reading) -> None:
    send(store, a_workflow("a", delay_ms=60_000))
    cancel(store, "w")
    assert counters(store) == {"cancelled:pipeline": 1}
    assert runs(read, "w") == ["w"]


@pytest.mark.damaged("a plan is deleted")
def test_one_whose_plan_is_gone_is_a_job_that_is_lost(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow("a"))
    store.do(Command(("HDEL", store.keys.nodes("w"), "plan"), int))
    crew.worker.complete(crew.worker.take())
    assert counters(store) == {"lost:pipeline": 1, "succeeded:a": 1}
    assert runs(read, "w", "w.1") == ["w", "w.1"]
