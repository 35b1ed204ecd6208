"""Workflows that run again: what does, what does not, beside single jobs of theirs that somebody runs again."""

from __future__ import annotations

import pytest

from qctl.model.state import State
from qctl.model.workflow.tree import Policy, Tree
from qctl.store import Reading, Store
from tests.store.test_workflow_cancel import cancel, pass_deadlines, revive
from tests.store.test_workflow_orders import stop
from tests.support.store_seed import submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, fates, group, received, send, sources, step

_CUT = [
    (chain("a?", "c"), [], "1"),
    (chain(group("a", "b", tolerant=True), "c"), ["1"], "2"),
    (chain(group("a", "b", max_fail=1), "c"), ["1"], "2"),
    (chain(group("a", "b", policy=Policy.SETTLED), "c"), ["1"], "2"),
    (chain(group(group("a", "b", max_fail=1), "c"), "d"), ["1"], "2"),
    (chain("a", "h!", "c"), [], "1"),
]


class TestAfterAnOrder:
    @pytest.mark.parametrize(("tree", "ended", "cut"), _CUT, ids=[str(number) for number in range(len(_CUT))])
    @pytest.mark.parametrize("limit", [False, True], ids=["cancelled", "timed out"])
    def test_what_may_fail_runs_too(
        self, store: Store, read: Reading, crew: Crew, tree: Tree, ended: list[str], cut: str, limit: bool
    ) -> None:
        """It did not fail: it was not given its chance."""
        send(store, a_workflow(tree, timeout_ms=60_000))
        for name in ended:
            crew.end(name)
        crew.look()
        pass_deadlines(store) if limit else cancel(store, "w")
        stop(crew, *crew.look())
        assert read.job("w").ended
        assert revive(store, "w") == ["OK"]
        assert cut in crew.look()
        while names := crew.look():
            assert not set(names) & set(ended)
            for name in names:
                crew.end(name)
        assert ending(read) == ("succeeded", None, None)
        assert set(fates(read).values()) <= {"succeeded", "unneeded"}

    def test_it_tells_who_had_it_run_again(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.fail("1")
        assert store.do(store.verbs.revive(["w"], by="ana@db1")) == ["OK"]
        running = read.job("w")
        assert (running.state, running.revived_by) == (State.RUNNING, "ana@db1")
        assert running.revived_ms == running.started_ms
        crew.end("1")
        crew.end("2")
        assert (read.job("w").revived_by, read.job("w").revived_ms) == ("ana@db1", running.revived_ms)

    def test_a_tolerant_member_that_its_group_cancelled_runs_too(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b?", group("c", "d", max_fail=2), fail_fast=True), "e")))
        crew.look()
        crew.fail("1")
        stop(crew, *crew.look())
        assert revive(store, "w") == ["OK"]
        assert crew.look() == ["1", "2", "3", "4"]
        for name in crew.look():
            crew.end(name)
        assert received(read, crew, "5") == ["1", "2", ["3", "4"]]

    def test_a_group_that_was_tolerated_stays_as_it_is(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", tolerant=True), "c")))
        crew.fail("1")
        crew.end("2")
        crew.fail("3")
        before = fates(read)
        revive(store, "w")
        assert sources(crew) == {"3": "n"}
        assert fates(read) == {name: before[name] for name in ("g1", "1", "2")}


class TestSingleJobs:
    def test_the_workflow_goes_on_with_the_run_of_a_job_that_runs_again_by_itself(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.fail("1")
        assert revive(store, "w.1") == ["OK"]
        crew.look()
        assert revive(store, "w") == ["OK"]
        assert read.job("w").state is State.RUNNING
        crew.end("1")
        assert sources(crew) == {"2": "v:1"}
        crew.end("2")
        assert ending(read) == ("succeeded", None, None)

    def test_all_in_one_call_run_one_after_the_other(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b", "c")))
        crew.fail("1")
        assert revive(store, "w.1", "w.2", "w.3", "w") == ["OK", "SKIPPED", "SKIPPED", "OK"]
        for name in "123":
            assert crew.look() == [name]
            crew.end(name)
        assert ending(read) == ("succeeded", None, None)

    def test_what_has_succeeded_by_itself_meanwhile_is_kept(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.fail("1")
        revive(store, "w.1")
        crew.end("1")
        assert ending(read) == ("failed", "exit", "w.1")
        assert fates(read) == {"1": "succeeded", "2": "skipped"}
        assert revive(store, "w") == ["OK"]
        assert sources(crew) == {"2": "v:1"}

    def test_what_runs_by_itself_before_its_turn_starts_nothing(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "h!", "c")))
        crew.fail("1")
        crew.fail("2")
        assert revive(store, "w.2", "w") == ["OK", "OK"]
        crew.look()
        crew.end("2")
        assert crew.look() == ["1"]
        crew.fail("1")
        assert sources(crew) == {"3": "v:2"}

    def test_one_whose_turn_never_came_is_refused(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b", "c"), on_success="tell"))
        assert revive(store, "w.3") == ["ACTIVE"]
        cancel(store, "w.2")
        crew.fail("1")
        assert revive(store, "w.on_success", "w.g1", "w.7") == ["SKIPPED", "UNKNOWN", "UNKNOWN"]
        assert revive(store, "w.2", "w.3") == ["SKIPPED", "SKIPPED"]
        assert crew.look() == []


class TestSideBranches:
    def test_one_that_did_not_succeed_runs_again_beside_what_did(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(step("a", link=(chain("l", "m"), step("n"))), "b")))
        crew.end("1")
        crew.fail("2")
        crew.fail("3")
        crew.end("5")
        assert revive(store, "w") == ["OK"]
        assert crew.look() == ["2", "3"]
        crew.end("2")
        crew.end("3")
        assert sources(crew) == {"4": "v:3"}
        crew.end("4")
        assert ending(read) == ("succeeded", None, None)

    def test_one_of_a_member_whose_group_succeeded_does_too(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group(step("a", link=(step("l"),)), "b"), "c")))
        for name in "12":
            crew.end(name)
        crew.fail("3")
        crew.fail("4")
        revive(store, "w")
        assert sources(crew) == {"3": "v:g1", "4": "v:1"}

    def test_one_that_was_cancelled_with_its_workflow_does_too(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(step("a", link=(step("l"),)), "b")))
        crew.end("1")
        crew.look()
        cancel(store, "w")
        stop(crew, *crew.look())
        revive(store, "w")
        assert crew.look() == ["2", "3"]

    def test_one_of_a_failure_runs_again_when_that_comes_again(self, store: Store, read: Reading, crew: Crew) -> None:
        branch = chain("l", group("m", step("n", link=(step("o"),))))
        send(store, a_workflow(chain(step("a", link_error=(branch,)), "b")))
        for _ in range(2):
            crew.fail("1")
            for name in "3456":
                crew.end(name)
            assert crew.look() == []
            assert ending(read) == ("failed", "exit", "w.1")
            assert revive(store, "w") == ["OK"]
            assert fates(read) == {}
        crew.end("1")
        assert crew.look() == ["2"]

    def test_a_long_one_is_forgotten_before_anything_starts(self, store: Store, read: Reading, crew: Crew) -> None:
        branch = chain(*("l" for _ in range(60)), group(*("m" for _ in range(120))))
        send(store, a_workflow(chain(step("a", link_error=(branch,)), "b")))
        crew.fail("1")
        while names := crew.look():
            for name in names:
                crew.end(name)
        assert revive(store, "w") == ["OK"]
        while store.do(store.verbs.follow())[1] and not crew.look():
            pass
        assert fates(read) == {}
        assert crew.look() == ["1"]


def test_one_that_was_skipped_when_it_was_submitted_runs_when_it_is_told_to(
    store: Store, read: Reading, crew: Crew
) -> None:
    submit(store, "up")
    cancel(store, "up")
    send(store, a_workflow(chain("a", "b"), after=("up",)))
    assert ending(read) == ("skipped", "upstream_cancelled", "up")
    assert revive(store, "w") == ["OK"]
    assert crew.look() == ["1"]


class TestRemovedValues:
    @pytest.mark.parametrize(
        ("tree", "ended", "failed"),
        [
            (chain("a", "b"), "1", "2"),
            (chain(group("a", "b"), "c"), "12", "3"),
            (chain(group("a", chain("b", "c")), "d"), "123", "4"),
        ],
        ids=["of a job", "of a member", "of a member that is a chain"],
    )
    def test_nothing_runs_again_that_would_not_receive_what_it_is_to(
        self, store: Store, read: Reading, crew: Crew, tree: Tree, ended: str, failed: str
    ) -> None:
        send(store, a_workflow(tree))
        for name in ended:
            crew.end(name)
        crew.fail(failed)
        assert store.do(store.verbs.remove([f"w.{ended[-1]}"])) == ["OK"]
        assert revive(store, "w", f"w.{failed}") == ["GONE", "GONE"]
        assert crew.look() == []
        assert ending(read) == ("failed", "exit", f"w.{failed}")

    def test_what_nobody_needs_may_be_gone(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b", ".c", group("d", "e", policy=Policy.ANY), "f")))
        for name in "1234":
            crew.end(name)
        crew.fail("5")
        crew.fail("6")
        store.do(store.verbs.remove(["w.1", "w.2", "w.5"]))
        assert revive(store, "w") == ["OK"]
        assert received(read, crew, "6") == "4"
