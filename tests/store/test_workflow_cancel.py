"""Cancelling workflows and single nodes, time limits of whole workflows, and running again what did not succeed."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.store import Command, Reading, Store
from qctl.store.taken import Cancelled
from qctl.store.workflow_values import Extended
from tests.support.store_seed import changed, everything
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    fates,
    group,
    received,
    send,
    state_of,
    step,
)

BY_ADA = {"by": "ada"}


def cancel(store: Store, *ids: str, spare_running: bool = False) -> list[str]:
    return [one.answer for one in store.do(store.verbs.cancel(ids, BY_ADA, spare_running=spare_running))]


def pass_deadlines(store: Store, kind: str = "") -> None:
    """Let all time limits of workflows be over, or those of a kind, and workers notice."""
    keys = store.keys
    for name in store.do(Command(("ZRANGE", keys.deadlines, 0, -1), list)):
        if not name.startswith(kind.encode()):
            continue
        store.do(Command(("ZADD", keys.deadlines, 1, name), int))
    store.do(store.verbs.promote())


class TestCancel:
    def test_nothing_more_starts_and_every_node_that_is_not_final_ends(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Fault 71. Rule 8, C42."""
        send(store, a_workflow(chain(group("a", "b", step("c", delay_ms=9000)), "d", group("e", chain("f", "g")))))
        crew.look()
        crew.end("1")

        assert cancel(store, "w") == ["RUNNING"]

        assert set(crew.worker.heartbeat().orders) == {"w.2"}
        assert read.job("w").state is State.RUNNING
        assert read.job("w").cancelling
        crew.end("2")
        states = fates(read)
        assert (states["1"], states["2"]) == ("succeeded", "succeeded")
        assert {states[name] for name in states if name not in "12"} == {"cancelled"}
        assert [read.job(f"w.{name}").outcome for name in "34567"] == [Outcome.CANCELLED] * 5
        assert ending(read) == ("cancelled", "by_user", None)
        assert read.job("w").cancelled_by == "ada"
        assert crew.look() == []

    @pytest.mark.parametrize("timeout_ms", [None, 5000])
    def test_a_group_that_would_be_fed_ends_with_it_though_the_step_before_it_succeeds_meanwhile(
        self, store: Store, read: Reading, crew: Crew, timeout_ms: int | None
    ) -> None:
        """Rule 2: nobody adds to it any more, nobody closes it, and its turn has come all the same."""
        send(store, a_workflow(chain("a", group("b", open=True), "c"), timeout_ms=timeout_ms))
        crew.look()
        cancel(store, "w") if timeout_ms is None else pass_deadlines(store)
        crew.end("1")
        assert read.job("w").outcome is (Outcome.CANCELLED if timeout_ms is None else Outcome.TIMEOUT)
        assert fates(read).keys() == {"1", "2", "g1", "3"}
        assert store.do(store.verbs.seal("w", "g1", "end")) is Extended.FINAL
        assert "deadlines" not in everything(store)

    def test_before_the_start_and_when_nothing_runs_it_ends_at_once(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow("a", "later", delay_ms=9000), a_workflow(chain("a", "b")))
        cancel(store, "later", "w")
        for job in ("w", "later"):
            assert ending(read, job) == ("cancelled", "by_user", None)
        assert cancel(store, "w") == ["ENDED"]

    @pytest.mark.parametrize("timeout_ms", [None, 5000])
    def test_what_was_reached_before_it_stays_though_side_branches_end_with_it(
        self, store: Store, read: Reading, crew: Crew, timeout_ms: int | None
    ) -> None:
        """A last step that may fail, and did, is as good as one that succeeded."""
        send(store, a_workflow(step("a", tolerant=True, link_error=(step("l"),)), on_error="e", timeout_ms=timeout_ms))
        crew.fail("1")
        crew.look()
        cancel(store, "w") if timeout_ms is None else pass_deadlines(store)
        crew.fail("2")
        assert ending(read) == ("succeeded", None, None)
        assert crew.look() == []

    def test_one_that_is_to_be_spared_goes_on(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        assert cancel(store, "w", spare_running=True) == ["RUNNING"]
        crew.end("1")
        assert crew.look() == ["2"]

    def test_the_order_twice_is_one_order(self, store: Store, crew: Crew) -> None:
        """Fault 71."""
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        cancel(store, "w")
        before = everything(store)
        assert cancel(store, "w") == ["RUNNING"]
        assert changed(before, everything(store)) == {}

    def test_a_job_that_is_given_back_after_it_ends_cancelled(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        cancel(store, "w")
        crew.worker.release(crew.claims.pop("1"))
        assert ending(read) == ("cancelled", "by_user", None)


class TestOneNode:
    def test_one_that_has_not_been_released_ends_at_once_and_what_follows_is_skipped(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C96, C97."""
        send(store, a_workflow(chain("a", "b", "c")))
        crew.look()
        assert store.do(store.verbs.cancel(["w.2"], BY_ADA)) == [Cancelled("OK", None)]
        assert ending(read, "w.2") == ("cancelled", "by_user", None)
        assert read.job("w.2").cancelled_by == "ada"
        assert ending(read, "w.3") == ("skipped", "upstream_cancelled", "w.2")
        assert read.job("w").state is State.RUNNING
        crew.end("1")
        assert crew.look() == []
        assert ending(read) == ("cancelled", "by_user", "w.2")

    def test_one_that_waits_for_a_worker_ends_and_one_that_runs_is_told(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain(group("a", "b"), "c")))
        crew.worker.claim(1)
        assert cancel(store, "w.1", "w.2", "w.9", "w.g1", "v.1") == ["RUNNING", "OK", "UNKNOWN", "UNKNOWN", "UNKNOWN"]
        assert fates(read) == {"2": "cancelled"}


class TestTimeLimit:
    def test_it_ends_what_is_not_final_as_timed_out(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b"), timeout_ms=5000, on_error="page"))
        crew.look()
        pass_deadlines(store)
        assert set(crew.worker.heartbeat().orders) == {"w.1"}
        crew.fail("1", outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
        assert ending(read, "w.2") == ("timeout", "timeout", None)
        assert ending(read) == ("timeout", "timeout", None)
        assert crew.look() == ["on_error"]

    def test_on_error_is_told_of_it_and_of_the_jobs_that_were_under_way(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain(group("a", step("z", delay_ms=99_000)), "b"), timeout_ms=5000, on_error="page"))
        crew.look()
        pass_deadlines(store)
        crew.fail("1", outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
        record = received(read, crew, "on_error")
        assert record["outcome"] == "timeout"
        assert [(one["id"], one["task"], one["outcome"]) for one in record["failed"]] == [("w.1", "a", "cancelled")]

    def test_on_error_for_each_starts_for_what_was_under_way_or_else_once(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b"), timeout_ms=5000, on_error="page", each_error=True))
        crew.look()
        pass_deadlines(store)
        for node in ("1", "2"):
            crew.fail(node, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
        assert crew.look() == ["on_error-1", "on_error-2"]
        send(store, a_workflow("a", "x", timeout_ms=5000, on_error="page", each_error=True))
        pass_deadlines(store)
        assert crew.look() == ["on_error", "on_error-1", "on_error-2"], "nobody had begun"

    def test_it_is_told_as_what_is_due_next_and_goes_with_the_workflow(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a", timeout_ms=5000))
        asked = crew.worker.ask(1)
        assert asked.next_due_ms is not None
        assert 0 < asked.next_due_ms - asked.now_ms <= 5000
        crew.worker.complete(asked.claims[0])
        assert crew.worker.ask(1).next_due_ms is None

    def test_it_counts_from_the_start(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a", timeout_ms=5000, delay_ms=60_000))
        assert not [name for name in everything(store) if name.startswith("deadlines")]


def revive(store: Store, *ids: str) -> list[str]:
    return store.do(store.verbs.revive(ids))


class TestAgain:
    def test_only_what_did_not_succeed_runs_again_and_the_values_of_the_rest_are_kept(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", group("b", chain("c", "d"), "e"), "f"), on_error="page", on_success="tell"))
        crew.end("1")
        for node in ("2", "5"):
            crew.end(node)
        crew.fail("3")
        crew.end("on_error")

        assert revive(store, "w") == ["OK"]

        assert read.job("w").state is State.RUNNING
        assert read.job("w").failed_nodes == 0
        assert crew.look() == ["3"]
        assert read.job("w.3").attempt == 2
        assert read.job("w.4").state is State.WAITING
        assert fates(read) == {"1": "succeeded", "2": "succeeded", "5": "succeeded"}
        crew.end("3")
        crew.end("4")
        assert received(read, crew, "6") == ["2", "4", "5"]
        crew.end("6")
        assert ending(read) == ("succeeded", None, None)
        assert crew.look() == ["on_success"]

    def test_on_error_starts_again_when_it_fails_again(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b"), on_error="page"))
        for _ in range(2):
            crew.fail("1")
            assert crew.look() == ["on_error"]
            crew.end("on_error")
            assert ending(read) == ("failed", "exit", "w.1")
            assert revive(store, "w") == ["OK"]
        assert read.job("w.1").state is State.QUEUED
        assert len(read.job("w.1").attempts) == 2

    def test_one_that_was_cancelled_before_it_began_starts(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b"), delay_ms=9000))
        cancel(store, "w")
        assert revive(store, "w") == ["OK"]
        crew.end("1")
        crew.end("2")
        assert ending(read) == ("succeeded", None, None)

    def test_what_was_tolerated_or_handled_does_not_run_again(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a?", "b", "h!", group("c", "d", max_fail=1), "e")))
        crew.fail("1")
        crew.fail("2")
        crew.end("3")
        crew.fail("4")
        crew.end("5")
        crew.fail("6")
        revive(store, "w")
        assert crew.look() == ["6"]
        crew.end("6")
        assert ending(read) == ("succeeded", None, None)

    def test_what_is_refused(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a"), a_workflow("a", "good"), a_workflow(step("a", secrets=b"s"), "dark"))
        crew.worker.complete(crew.worker.claim(1, [("default", 1)])[0])
        for claim in crew.worker.claim(9):
            crew.worker.complete(claim) if claim.id == "good.1" else crew.worker.bury(claim)
        assert revive(store, "good", "dark", "none") == ["UNNEEDED", "SECRET", "UNKNOWN"]

    def test_a_node_of_a_workflow_that_goes_on_is_active(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b")))
        crew.fail("1")
        assert revive(store, "w", "w.1") == ["ACTIVE", "ACTIVE"]

    @pytest.mark.parametrize("times", [1, 2])
    def test_it_may_be_asked_for_twice(self, store: Store, crew: Crew, times: int) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.fail("1")
        assert [revive(store, "w") for _ in range(times)] == [["OK"], ["ACTIVE"]][:times]
        assert crew.look() == ["1"]


def test_many_nodes_are_cancelled_in_several_calls(store: Store, read: Reading, crew: Crew) -> None:
    """Rule 2: nothing starts any more at once, the rows follow in bounded batches."""
    send(store, a_workflow(chain("a", group(*("b" for _ in range(450))), "c")))
    crew.look()
    cancel(store, "w")
    crew.fail("1")
    assert read.job("w").state is State.RUNNING
    calls = 0
    while store.do(store.verbs.follow())[1]:
        calls += 1
    assert calls >= 1
    assert ending(read) == ("cancelled", "by_user", None)
    assert set(fates(read).values()) == {"failed", "cancelled"}
    assert len(state_of(read).jobs) == 452
    assert crew.look() == []
