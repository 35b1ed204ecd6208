"""What starts beside a workflow: callbacks of steps and groups, and what comes after its end."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome
from qctl.store import Reading, Store
from qctl.store.values import Answer
from tests.support.store_seed import make_due
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
    state_of,
    step,
)


class TestLinks:
    def test_those_of_a_success_get_its_value_and_those_of_a_failure_do_not_start(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C90."""
        send(store, a_workflow(chain(step("a", link=(step("ok"),), link_error=(step("bad"),)), "b")))
        crew.end("1")
        assert sources(crew) == {"2": "v:1", "3": "v:1"}
        crew.end("2")
        assert ending(read) == (None, None, None), "a callback still runs"
        crew.fail("3")
        assert ending(read) == ("succeeded", None, None), "C91: what becomes of it changes nothing"

    def test_those_of_a_failure_get_the_error_record(self, store: Store, read: Reading, crew: Crew) -> None:
        """C87, C89, C90."""
        send(store, a_workflow(chain(step("a", link=(step("ok"),), link_error=(step("bad"),)), "b")))
        crew.look()
        crew.worker.retry(crew.claims.pop("1"))
        make_due(store, "w.1")
        store.do(store.verbs.promote())
        assert crew.look() == ["1"]
        crew.fail("1")
        assert crew.look() == ["4"]
        assert received(read, crew, "4")["failed"][0]["id"] == "w.1"

    def test_one_of_a_chain_starts_at_its_first_failure_alone(self, store: Store, read: Reading, crew: Crew) -> None:
        """C92."""
        send(store, a_workflow(chain("a", "b", "c", link=(step("ok"),), link_error=(step("bad"),))))
        crew.fail("1")
        assert crew.look() == ["5"]

    def test_one_of_a_group_starts_once_when_the_group_is_final(self, store: Store, read: Reading, crew: Crew) -> None:
        """Rule 5, C38, C41."""
        send(store, a_workflow(group(step("a", link=(step("own"),)), "b", link=(step("ok"),))))
        crew.end("1")
        assert crew.look() == ["2", "3"]
        crew.end("2")
        assert received(read, crew, "4") == ["1", "2"]

    def test_the_error_callback_of_a_group_starts_once_when_the_group_is_final_with_all_that_failed(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Rule 5, C40, C83, C85."""
        send(store, a_workflow(chain(group("a", "b", "c", link_error=(step("bad"),)), "d")))
        crew.look()
        crew.fail("2")
        crew.end("1")
        assert crew.look() == ["3"]
        crew.fail("3")
        assert crew.look() == ["5"]
        assert [one["id"] for one in received(read, crew, "5")["failed"]] == ["w.2", "w.3"]
        crew.end("5")
        assert crew.look() == []
        assert ending(read) == ("failed", "exit", "w.2")

    def test_the_error_callback_of_a_group_waits_for_the_groups_within_it_too(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Rule 5, C40: the group within `a group | c` fails when all of it is final, and not at its first failure."""
        send(store, a_workflow(group(chain(group("a", "b"), "c"), "d", link_error=(step("bad"),))))
        crew.look()
        crew.fail("1")
        crew.fail("4")
        assert crew.look() == ["2"]
        crew.end("2")
        assert crew.look() == ["5"]
        assert {one["id"] for one in received(read, crew, "5")["failed"]} == {"w.1", "w.4"}

    def test_an_outer_error_callback_starts_once_and_the_outer_body_never(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C83, C86."""
        inner = chain(group("a", "b"), "c")
        send(store, a_workflow(chain(group(inner, "d"), "e", link_error=(step("bad"),))))
        for node in ("1", "2"):
            crew.fail(node)
        crew.end("4")
        assert crew.look() == ["6"]
        crew.end("6")
        assert ending(read, "w.5") == ("skipped", "upstream_failed", "w.1")

    def test_a_callback_of_a_body_that_is_a_group_starts_for_each_of_its_failures(
        self, store: Store, crew: Crew
    ) -> None:
        """C84."""
        body = group(step("c", link_error=(step("bad"),)), step("d", link_error=(step("bad"),)))
        send(store, a_workflow(chain(group("a", "b"), body)))
        for node in ("1", "2"):
            crew.end(node)
        for node in ("3", "4"):
            crew.fail(node)
        assert crew.look() == ["5", "6"]

    def test_a_link_of_an_inner_chain_starts_when_that_is_done(self, store: Store, crew: Crew) -> None:
        """C93."""
        send(store, a_workflow(chain(chain("a", "b", link=(step("ok"),)), "c")))
        crew.end("1")
        crew.end("2")
        assert crew.look() == ["3", "4"]

    def test_one_that_takes_no_input_receives_nothing(self, store: Store, crew: Crew) -> None:
        """C88."""
        send(store, a_workflow(step("a", link_error=(step("bad", takes_input=False),))))
        crew.fail("1")
        assert sources(crew) == {"2": ""}


class TestAfterTheEnd:
    def test_on_error_starts_once_when_the_workflow_is_final_with_all_that_failed(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Rule 5, C40."""
        send(store, a_workflow(chain(group("a", "b", "c"), "d"), on_error="page", on_success="tell"))
        crew.look()
        crew.fail("3")
        crew.fail("1")
        assert crew.look() == ["2"]
        crew.end("2")
        assert crew.look() == ["on_error"]
        record = received(read, crew, "on_error")
        assert [one["id"] for one in record["failed"]] == ["w.3", "w.1"]
        assert ending(read) == ("failed", "exit", "w.3")
        crew.fail("on_error")
        assert ending(read) == ("failed", "exit", "w.3")
        assert crew.look() == []

    def test_on_error_may_start_once_for_each_that_failed(self, store: Store, read: Reading, crew: Crew) -> None:
        """C40: `each = true`."""
        send(store, a_workflow(group("a", "b", "c"), on_error="page", each_error=True))
        for node in ("1", "3"):
            crew.fail(node)
        crew.end("2")
        assert crew.look() == ["on_error-1", "on_error-2"]
        assert [one["id"] for one in received(read, crew, "on_error-2")["failed"]] == ["w.3"]
        crew.end("on_error-1")
        crew.end("on_error-2")
        assert set(fates(read)) >= {"on_error-1", "on_error-2"}
        assert state_of(read).jobs["on_error-1"].outcome is Outcome.SUCCEEDED

    def test_on_success_gets_the_value(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b"), on_error="page", on_success="tell"))
        crew.end("1")
        crew.end("2")
        assert received(read, crew, "on_success") == ["1", "2"]

    @pytest.mark.parametrize("how", ["cancelled", "before it started"])
    def test_who_cancels_a_workflow_is_not_told_of_it(self, store: Store, crew: Crew, how: str) -> None:
        delay = None if how == "cancelled" else 60_000
        send(store, a_workflow(chain("a", "b"), on_error="page", delay_ms=delay))
        store.do(store.verbs.cancel(["w"], {}))
        assert crew.look() == []

    def test_a_settlement_that_is_sent_twice_starts_it_once(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a", on_error="page"))
        crew.look()
        claim = crew.claims["1"]
        crew.fail("1")
        assert crew.worker.bury(claim) == Answer.ALREADY
        crew.end("on_error")
        assert crew.worker.bury(claim) == Answer.ALREADY
        assert crew.look() == []
