"""Chains that go on though a step did not succeed, and workflows among other jobs."""

from __future__ import annotations

from qctl.model.state import Outcome, State
from qctl.store import Reading, Store
from tests.support.store_seed import a_job, submit
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    fates,
    group,
    received,
    send,
    sources,
    step,
)


class TestHandlers:
    def test_one_that_is_not_needed_passes_on_what_was_before_it(self, store: Store, read: Reading, crew: Crew) -> None:
        """reference.md: `a | h! | c`."""
        send(store, a_workflow(chain("a", "h!", "c")))
        crew.end("1", "1")
        assert fates(read) == {"1": "succeeded", "2": "unneeded"}
        assert received(read, crew, "3") == 1
        assert read.job("w.2").state is State.ENDED
        assert read.job("w.2").outcome is Outcome.SKIPPED

    def test_one_that_is_needed_gets_the_error_record_and_the_chain_goes_on_with_its_value(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b", "h!", "c")))
        crew.fail("1")
        assert received(read, crew, "3") == {
            "workflow_id": "w",
            "outcome": None,  # the workflow goes on
            "failed": [
                {
                    "id": "w.1",
                    "task": "a",
                    "outcome": "failed",
                    "reason": "exit",
                    "exit_code": None,
                    "signal": None,
                    "error": None,
                }
            ],
        }
        crew.end("3", "3")
        assert received(read, crew, "4") == 3
        crew.end("4")
        assert fates(read) == {"1": "failed", "2": "skipped", "3": "succeeded", "4": "succeeded"}
        assert ending(read) == ("succeeded", None, None)
        assert read.job("w").failed_nodes == 1

    def test_one_that_fails_itself_is_the_failure(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "h!", "c")))
        crew.fail("1")
        crew.fail("2")
        assert ending(read, "w.3") == ("skipped", "upstream_failed", "w.2")
        assert ending(read) == ("failed", "exit", "w.2")

    def test_nothing_in_a_group_that_is_skipped_runs(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", group(chain("b", "h!")), "c")))
        crew.fail("1")
        assert crew.look() == []
        assert set(fates(read).values()) == {"failed", "skipped"}
        assert ending(read)[0] == "failed"


def test_after_a_tolerant_step_the_chain_goes_on_with_null(store: Store, read: Reading, crew: Crew) -> None:
    """reference.md: `a? | b`."""
    send(store, a_workflow(chain("a?", "b")))
    crew.fail("1")
    assert sources(crew) == {"2": "n"}
    assert received(read, crew, "2") is None
    crew.end("2")
    assert ending(read) == ("succeeded", None, None)


def test_a_tolerant_step_that_was_skipped_is_not_tolerated(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b?", "c")))
    crew.fail("1")
    assert fates(read) == {"1": "failed", "2": "skipped", "3": "skipped"}


def test_a_tolerant_last_step_may_fail(store: Store, read: Reading, crew: Crew) -> None:
    send(store, a_workflow(chain("a", "b?")))
    crew.end("1")
    crew.fail("2")
    assert ending(read) == ("succeeded", None, None)
    assert read.value("w") is None


class TestOtherJobs:
    def test_a_workflow_waits_for_jobs_and_jobs_wait_for_it(self, store: Store, read: Reading, crew: Crew) -> None:
        submit(store, "one")
        send(store, a_workflow(chain("a"), after=("one",)))
        submit(store, a_job("two", after=("w",)))
        assert [read.job(name).state for name in ("w", "two")] == [State.WAITING, State.WAITING]
        crew.end("one")
        assert crew.look() == ["1"]
        crew.end("1")
        assert crew.look() == ["two"]

    def test_one_that_waits_for_a_job_in_vain_never_starts(self, store: Store, read: Reading, crew: Crew) -> None:
        submit(store, "one")
        send(store, a_workflow(chain("a"), after=("one",), on_error="page"))
        crew.fail("one")
        assert ending(read) == ("skipped", "upstream_failed", "one")
        assert crew.look() == []
        assert store.do(store.verbs.revive(["w"])) == ["OK"]
        assert crew.look() == ["1"]

    def test_a_unique_name_that_is_held_ends_the_node_that_wants_it(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        submit(store, a_job("one", unique="only"))
        send(store, a_workflow(chain("a", step("b", unique="only"), "c")))
        crew.end("1")
        assert ending(read, "w.2") == ("failed", "not_started", "one")
        assert ending(read, "w.3") == ("skipped", "upstream_failed", "w.2")
        assert ending(read) == ("failed", "not_started", "w.2")
