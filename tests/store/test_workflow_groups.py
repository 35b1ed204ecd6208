"""Groups and chords in the store: order, policies, how many at a time, groups in one another."""

from __future__ import annotations

from itertools import permutations

import pytest

from qctl.model.state import Outcome, Reason
from qctl.model.workflow.tree import Policy
from qctl.store import Reading, Store
from qctl.store.values import Answer
from tests.support.store_seed import SeedWorker, a_record, changed, everything, lose
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


@pytest.mark.parametrize("order", list(permutations("123")), ids="".join)
def test_the_body_gets_the_values_in_declared_order_whatever_order_they_end_in(
    store: Store, read: Reading, crew: Crew, order: tuple[str, ...]
) -> None:
    """Rule 3, C28, C46, C50, C71: a group directly in a group is unrolled at its place."""
    send(store, a_workflow(chain(group(group("a", "b"), "c"), "sum")))
    for node in order:
        crew.end(node)
    assert received(read, crew, "4") == ["1", "2", "3"]
    crew.end("4")
    assert ending(read) == ("succeeded", None, None)


def test_the_body_starts_once_in_the_call_that_ends_the_last_member(store: Store, crew: Crew) -> None:
    """Fault 70, C57, C72: one script does both; nothing in an answer that was lost starts it again."""
    send(store, a_workflow(chain(group("a", "b"), "sum")))
    crew.look()
    claim = crew.claims["2"]
    crew.end("1")
    crew.end("2")
    before = everything(store)
    crew.worker.complete(claim)
    assert changed(before, everything(store)) == {}
    assert crew.look() == ["3"]


def test_a_member_that_crashed_and_whose_worker_is_taken_for_dead_counts_once_however_often_it_ends(
    store: Store, read: Reading, crew: Crew, other_worker: SeedWorker
) -> None:
    """Fault 68: the members that are left are a set of names, and no count."""
    send(store, a_workflow(chain(group("a", "b"), "sum")))
    crew.worker.retry(crew.worker.take(), delay_ms=0, charge="c")
    store.do(store.verbs.promote())
    late = {claim.id: claim for claim in crew.worker.claim(9)}
    assert (set(late), late["w.1"].crashes) == ({"w.1", "w.2"}, 1)
    lose(store, crew.worker)
    again = {claim.id: claim for claim in other_worker.claim(9)}
    assert other_worker.complete(again["w.1"]) is Answer.OK

    for _ in range(2):
        assert crew.worker.complete(late["w.1"]) is Answer.FENCED
        assert other_worker.complete(again["w.1"]) is Answer.ALREADY
    assert other_worker.claim(9) == []

    assert other_worker.complete(again["w.2"]) is Answer.OK
    assert [claim.id for claim in other_worker.claim(9)] == ["w.3"]
    assert set(fates(read)) == {"1", "2", "g1"}


def test_a_group_of_one_is_a_list_of_one_and_an_empty_one_an_empty_list(
    store: Store, read: Reading, crew: Crew
) -> None:
    """C30, C48, C49, C52, C53."""
    send(store, a_workflow(chain("a", group("b"), group(), "c")), a_workflow(group(), "empty"))
    assert ending(read, "empty") == ("succeeded", None, None)
    value = read.value("empty")
    assert value is not None
    assert value.data == b"[]"
    crew.end("1")
    assert sources(crew) == {"2": "v:1"}
    crew.end("2")
    assert received(read, crew, "3") == []


def test_each_member_receives_what_the_group_does(store: Store, read: Reading, crew: Crew) -> None:
    """C33, C34, C51: also the whole list of a group before it."""
    send(store, a_workflow(chain(group("a", "b"), group("c", ".d"))))
    crew.end("1")
    crew.end("2")
    assert sources(crew) == {"3": "v:g1", "4": ""}
    assert received(read, crew, "3") == ["1", "2"]


def test_a_member_that_is_a_chain_a_group_or_a_chord_is_one_value(store: Store, read: Reading, crew: Crew) -> None:
    """C32, C65, C67 to C70."""
    header = group("a", chain("b", "c"), chain("d", group("e", "f")), chain(group("g", "h"), "i"))
    send(store, a_workflow(chain(header, chain("j", "k"))))
    while (names := crew.look()) and names != ["10"]:
        for name in names:
            crew.end(name)
    assert received(read, crew, "10") == ["1", "3", ["5", "6"], "9"]
    crew.end("10")
    crew.end("11")
    assert ending(read) == ("succeeded", None, None)


def test_chords_in_a_row_and_in_one_another(store: Store, read: Reading, crew: Crew) -> None:
    """C54 to C56, C59, C66: every task runs exactly once."""
    inner = chain(group(chain(group("a", "b"), "c"), "d"), "e")
    send(store, a_workflow(chain("x", group(inner, inner), "y", group("z", "z"), "last")))
    ran: list[str] = []
    while names := crew.look():
        ran += names
        for name in reversed(names):
            crew.end(name)
    assert len(ran) == len(set(ran)) == 15
    assert set(fates(read).values()) == {"succeeded"}
    assert ending(read) == ("succeeded", None, None)


class TestFailure:
    def test_the_others_still_run_and_the_body_is_skipped_when_all_are_final(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C36, C37, C79 to C82, C97."""
        send(store, a_workflow(chain(group("a", chain("b", "c"), "d"), chain("e", "f"))))
        crew.look()
        crew.fail("2")
        assert fates(read) == {"2": "failed", "3": "skipped"}
        crew.end("1")
        assert crew.look() == ["4"]
        crew.end("4")
        assert ending(read, "w.5") == ("skipped", "upstream_failed", "w.2")
        assert ending(read, "w.6") == ("skipped", "upstream_failed", "w.2")
        assert ending(read) == ("failed", "exit", "w.2")
        assert fates(read)["g1"] == "failed"

    def test_a_cancelled_member_skips_the_body_as_cancelled(self, store: Store, read: Reading, crew: Crew) -> None:
        """C42, C97."""
        send(store, a_workflow(chain(group("a", "b"), "c")))
        store.do(store.verbs.cancel(["w.1"], {"by": "ada"}))
        crew.end("2")
        assert ending(read, "w.3") == ("skipped", "upstream_cancelled", "w.1")
        assert ending(read) == ("cancelled", "by_user", "w.1")

    def test_so_many_may_fail_with_null_in_their_places(self, store: Store, read: Reading, crew: Crew) -> None:
        """reference.md: `--max-fail`."""
        send(store, a_workflow(chain(group("a", "b", "c", max_fail=1), "d")))
        crew.fail("2")
        crew.end("3")
        crew.end("1")
        assert received(read, crew, "4") == ["1", None, "3"]

    def test_one_more_is_too_many(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", "c", max_fail=1), "d")))
        for node in "123":
            crew.fail(node)
        assert ending(read) == ("failed", "exit", "w.1")
        assert read.job("w").failed_nodes == 3

    def test_fail_fast_ends_the_rest_and_stops_what_runs(self, store: Store, read: Reading, crew: Crew) -> None:
        """Rule 4, C80."""
        members = ("a", "b", step("c", delay_ms=60_000), chain("d", "e"), chain("x", group("f", "g")))
        send(store, a_workflow(chain(group(*members, fail_fast=True), "z")))
        crew.look()
        crew.fail("1")
        assert ending(read, "w.3") == ("cancelled", "by_user", None)
        assert set(crew.worker.heartbeat().orders) == {"w.2", "w.4", "w.6"}
        crew.end("4")
        assert ending(read, "w.5") == ("cancelled", "upstream_failed", "w.1")
        for node in ("2", "6"):
            crew.fail(node, outcome=Outcome.CANCELLED, reason=Reason.BY_USER)
        assert crew.look() == []
        assert ending(read) == ("failed", "exit", "w.1")
        assert read.job("w").failed_nodes == 1

    def test_fail_fast_leaves_what_is_outside_the_group_alone(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group("a", chain(group("b", "c", fail_fast=True), "d"))))
        crew.look()
        crew.fail("2")
        assert set(crew.worker.heartbeat().orders) == {"w.3"}

    def test_a_tolerant_group_may_fail(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", tolerant=True), "c")))
        crew.fail("1")
        crew.end("2")
        assert sources(crew) == {"3": "n"}
        crew.end("3")
        assert ending(read) == ("succeeded", None, None)

    def test_a_member_that_catches_what_goes_wrong_counts_once(self, store: Store, read: Reading, crew: Crew) -> None:
        """C63."""
        send(store, a_workflow(chain(group("a", "b?", chain("c", "h!")), "d")))
        crew.end("1")
        crew.fail("2")
        crew.fail("3")
        crew.end("4")
        assert received(read, crew, "5") == ["1", None, "4"]


class TestPolicies:
    def test_any_goes_on_at_the_first_success_and_the_rest_too(self, store: Store, read: Reading, crew: Crew) -> None:
        """Rule 4, reference.md."""
        send(store, a_workflow(chain(group("a", "b", "c", policy=Policy.ANY), "d")))
        crew.look()
        crew.fail("1")
        crew.end("3")
        assert received(read, crew, "4") == "3"
        crew.end("4")
        assert ending(read) == (None, None, None), "a member still runs"
        crew.end("2")
        assert ending(read) == ("succeeded", None, None)

    def test_any_fails_when_all_have(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", policy=Policy.ANY), "d")))
        crew.fail("2")
        crew.fail("1")
        assert ending(read) == ("failed", "exit", "w.2")

    def test_settled_tells_of_each_member(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", chain("b", "c"), policy=Policy.SETTLED), "d")))
        crew.end("1")
        crew.fail("2", record=_an_error())
        assert received(read, crew, "4") == [
            {"ok": True, "value": "1", "error": None},
            {
                "ok": False,
                "value": None,
                "error": {
                    "type": "ValueError",
                    "message": "no such file",
                    "id": "w.2",
                    "task": "b",
                    "outcome": "failed",
                    "reason": "exit",
                    "exit_code": 3,
                    "signal": None,
                },
            },
        ]
        crew.end("4")
        assert ending(read) == ("succeeded", None, None)


def _an_error() -> bytes:
    return a_record(1, "failed", exit_code=3, error_type="ValueError", error_message="no such file")


class TestHowManyAtATime:
    def test_so_many_members_are_under_way(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group(chain("a", "b"), "c", "d", "e", max_parallel=2), "f")))
        assert crew.look() == ["1", "3"]
        crew.end("1")
        assert crew.look() == ["2", "3"], "a chain is one member until its end"
        crew.fail("2")
        assert crew.look() == ["3", "4"]
        crew.end("3")
        crew.end("4")
        crew.end("5")
        assert ending(read) == ("failed", "exit", "w.2")

    def test_fail_fast_ends_those_that_had_no_turn(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", "c", max_parallel=1, fail_fast=True), "d")))
        crew.fail("1")
        assert crew.look() == []
        assert ending(read, "w.3") == ("cancelled", "upstream_failed", "w.1")
        assert ending(read) == ("failed", "exit", "w.1")

    def test_a_workflow_that_is_cancelled_ends_them_too(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(group("a", "b", "c", max_parallel=1)))
        store.do(store.verbs.cancel(["w"], {}))
        assert set(fates(read).values()) == {"cancelled"}
        assert ending(read) == ("cancelled", "by_user", None)


def test_workers_do_not_take_turns_for_one_node(store: Store, crew: Crew, other_worker: SeedWorker) -> None:
    send(store, a_workflow(group("a", "b", "c")))
    assert len(crew.look()) == 3
    assert other_worker.claim(9) == []
