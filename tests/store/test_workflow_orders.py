"""Orders that come early, late, twice or together: nodes that are cancelled before their turn, workflows that end."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome, Reason, State
from qctl.model.workflow.tree import Policy, Tree
from qctl.store import Command, Reading, Store
from tests.store.test_workflow_cancel import cancel, pass_deadlines, revive
from tests.support.store_seed import everything, submit
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    as_tree,
    chain,
    ending,
    fates,
    group,
    received,
    send,
    sources,
    step,
)


def stop(crew: Crew, *nodes: str) -> None:
    """A worker does what it was told."""
    crew.look()
    for node in nodes:
        crew.fail(node, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)


class TestBeforeItsTurn:
    """C96: whatever is cancelled before its turn, nothing starts before what comes before it has ended."""

    @pytest.mark.parametrize(
        ("tree", "gone"),
        [
            (chain("a", "b?", "c"), ["2"]),
            (chain("a", "b", "h!"), ["2"]),
            (chain("a", "b", "c", "h!"), ["2"]),
            (chain("a", step("b", link_error=(step("l"),))), ["2"]),
            (chain("a", group("b?", "c?"), "d"), ["2", "3"]),
            (chain("a", group("b", "c", policy=Policy.SETTLED), "d"), ["2", "3"]),
            (chain("a", group("b", "c", fail_fast=True), "h!"), ["2", "3"]),
        ],
        ids=str,
    )
    def test_nothing_that_comes_after_it_starts_while_what_comes_before_it_runs(
        self, store: Store, read: Reading, crew: Crew, tree: Tree, gone: list[str]
    ) -> None:
        send(store, a_workflow(tree))
        assert cancel(store, *(f"w.{name}" for name in gone)) == ["OK"] * len(gone)
        assert crew.look() == ["1"]
        assert [read.job(f"w.{name}").outcome for name in gone] == [Outcome.CANCELLED] * len(gone)
        crew.end("1")
        assert len(crew.look()) == 1
        for name in crew.look():
            crew.end(name)
        assert read.job("w").ended

    def test_the_body_of_a_group_waits_for_its_header(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b"), "c", "d!")))
        cancel(store, "w.3")
        assert crew.look() == ["1", "2"]
        crew.end("1")
        crew.end("2")
        assert sources(crew) == {"4": "e:3"}

    def test_no_step_runs_while_the_workflow_waits(self, store: Store, read: Reading, crew: Crew) -> None:
        submit(store, "up")
        tree = chain("a", step("b", tolerant=True, link_error=(step("l"),)), "c")
        send(store, a_workflow(tree, after=("up",)))
        cancel(store, "w.2")
        assert crew.look() == ["up"]
        crew.end("up")
        crew.end("1")
        assert sources(crew) == {"3": "n", "4": "e:2"}

    def test_a_failure_before_it_is_the_one_that_counts(self, store: Store, read: Reading, crew: Crew) -> None:
        """Tolerance is of its own end, and that is none any more."""
        send(store, a_workflow(chain("a", step("b", tolerant=True, link_error=(step("l"),)))))
        cancel(store, "w.2")
        crew.fail("1")
        assert crew.look() == []
        assert ending(read) == ("failed", "exit", "w.1")
        assert read.job("w").failed_nodes == 1

    def test_a_handler_that_is_not_needed_stands_in_nobodys_way(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "h!", "c")))
        cancel(store, "w.2")
        crew.end("1")
        assert sources(crew) == {"3": "v:1"}

    def test_a_handler_that_would_be_needed_handles_nothing(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "h!", "c")))
        cancel(store, "w.2")
        crew.fail("1")
        assert crew.look() == []
        assert ending(read) == ("cancelled", "by_user", "w.2")

    def test_what_follows_is_known_to_be_skipped_but_not_what_handles_it(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b", group("c", "d"), "e", "h!", "f")))
        cancel(store, "w.2")
        assert fates(read) == {
            "2": "cancelled", "g1": "skipped", "3": "skipped", "4": "skipped", "5": "skipped"
        }  # fmt: skip
        crew.end("1")
        assert sources(crew) == {"6": "e:2"}
        crew.end("6")
        crew.end("7")
        assert ending(read) == ("succeeded", None, None)

    def test_a_workflow_whose_node_was_cancelled_before_can_be_cancelled_too(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b?", "c")))
        crew.look()
        cancel(store, "w.2")
        cancel(store, "w")
        stop(crew, "1")
        assert ending(read) == ("cancelled", "by_user", None)
        assert crew.look() == []

    def test_it_runs_when_the_workflow_runs_again(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b?", "c")))
        cancel(store, "w.2")
        crew.fail("1")
        assert revive(store, "w") == ["OK"]
        for name in "123":
            assert crew.look() == [name]
            crew.end(name)
        assert ending(read) == ("succeeded", None, None)

    def test_a_member_that_waits_for_room_gives_none_away(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b?", "c", "d?", max_parallel=1), "e")))
        crew.look()
        cancel(store, "w.4", "w.2")
        assert crew.look() == ["1"]
        crew.end("1")
        assert crew.look() == ["3"]
        crew.end("3")
        assert received(read, crew, "5") == ["1", None, "3", None]


class TestWhatIsNoNode:
    def test_nobody_can_cancel_copies_that_are_not_there(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b"), on_error="page", each_error=True))
        ids = ["w.1-7", "w.on_error-5", "w.on_error", "w.plan", "w.more", "w.g1"]
        assert cancel(store, *ids) == ["UNKNOWN"] * len(ids)
        assert fates(read) == {}
        crew.end("1")
        crew.end("2")
        assert ending(read) == ("succeeded", None, None)

    def test_a_callback_that_is_cancelled_before_is_no_failure(self, store: Store, read: Reading, crew: Crew) -> None:
        tree = chain(step("a", link_error=(step("l"),)), "b")
        send(store, a_workflow(tree, on_error="page"))
        assert cancel(store, "w.on_error", "w.3") == ["OK", "OK"]
        crew.end("1")
        crew.fail("2")
        assert ending(read) == ("failed", "exit", "w.2")
        assert read.job("w").failed_nodes == 1
        assert crew.look() == []


class TestTogether:
    @pytest.mark.parametrize("ids", [("w.4", "w"), ("w", "w.4")])
    def test_a_member_and_its_workflow_in_one_call_start_nothing(
        self, store: Store, read: Reading, crew: Crew, ids: tuple[str, ...]
    ) -> None:
        send(store, a_workflow(group("a", "b", "c", "d", max_parallel=1)))
        cancel(store, *ids)
        assert crew.look() == []
        assert ending(read) == ("cancelled", "by_user", None)
        assert {read.job(f"w.{name}").cancelled_by for name in "1234"} == {"ada"}

    def test_who_runs_is_told_of_the_order_to_the_workflow(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b", "c", max_parallel=1)))
        crew.look()
        cancel(store, "w.3", "w")
        assert [order.by for order in crew.worker.heartbeat().orders.values()] == ["ada"]
        stop(crew, "1")
        assert ending(read) == ("cancelled", "by_user", None)

    def test_an_order_that_is_repeated_reaches_who_has_lost_it(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a"))
        crew.look()
        cancel(store, "w")
        store.do(Command(("DEL", store.keys.orders("w1")), int))
        assert not crew.worker.heartbeat().orders
        assert cancel(store, "w") == ["RUNNING"]
        assert set(crew.worker.heartbeat().orders) == {"w.1"}


class TestStopped:
    """C17, C18: a job that stops says that the rest is not needed, and that is no failure to be handled."""

    @pytest.mark.parametrize("tree", [chain("a", "h!"), chain("a", "b", "h!"), chain(group("a"), "h!")], ids=str)
    def test_a_handler_does_not_run(self, store: Store, read: Reading, crew: Crew, tree: Tree) -> None:
        send(store, a_workflow(as_tree(tree)))
        crew.fail("1", outcome=Outcome.SKIPPED, reason=Reason.STOPPED)
        assert crew.look() == []
        assert ending(read) == ("skipped", "stopped", "w.1")
        assert ending(read, "w.2") == ("skipped", "stopped", "w.1")


class TestOpenGroups:
    def test_a_group_that_is_over_is_not_given_up_a_day_later(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", open=True, policy=Policy.ANY), "b")))
        crew.end("1")
        assert crew.look() == ["2"]
        assert not [name for name in everything(store) if name.startswith("deadlines")]
        store.do(Command(("ZADD", store.keys.deadlines, 1, "feed w g1"), int))  # from before
        pass_deadlines(store)
        assert read.job("w").state is State.RUNNING
        assert not read.job("w").cancelling

    def test_nobody_is_waited_for_when_the_workflow_runs_again(self, store: Store, read: Reading, crew: Crew) -> None:
        """Who fed the group has been told that it is over."""
        send(store, a_workflow(chain("x", group("a", open=True), "b")))
        crew.fail("1")
        assert revive(store, "w") == ["OK"]
        crew.end("1")
        crew.end("2")
        assert received(read, crew, "3") == ["2"]
        assert not [name for name in everything(store) if name.startswith("deadlines")]
