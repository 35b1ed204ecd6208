"""Workflows that grow while they run: members that are added to groups, and who adds them."""

from __future__ import annotations

from qctl.model.state import State
from qctl.model.submission import Submission
from qctl.model.workflow.flatten import flatten_members, heads_of
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store
from qctl.store.command import Command
from qctl.store.workflow_values import Extended
from tests.store.test_workflow_cancel import cancel, pass_deadlines
from tests.support.store_seed import (
    SeedWorker,
    changed,
    everything,
    lose,
)
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    as_tree,
    chain,
    ending,
    group,
    received,
    send,
    state_of,
)

Asker = tuple[str, str, int]


def extend(
    store: Store,
    *members: Tree | str,
    into: str = "g1",
    number: int = 100,
    token: str = "t",
    asker: Asker | None = None,
) -> Extended:
    flat = flatten_members(
        [as_tree(member) for member in members],
        lambda one, site: Submission(id=f"w.{site.name}", task=one.task, body=b'{"task":"more"}'),
        group=into or "g1",
        position=0,
        number=number,
        parent=None,
        fed=False,
    )
    heads = heads_of(flat, into or "g1")
    return store.do(store.verbs.extend("w", into, flat.nodes, heads, token, asker=asker))


def seal(store: Store, token: str = "end") -> Extended:
    return store.do(store.verbs.seal("w", "g1", token))


class TestOpenGroups:
    def test_members_start_while_more_are_added_and_the_body_waits_for_all(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C44, C60."""
        send(store, a_workflow(chain(group("a", open=True), "sum")))
        crew.end("1")
        assert read.job("w").state is State.RUNNING
        assert extend(store, "b", chain("c", "d")) is Extended.OK
        for node in ("100", "101", "102"):
            crew.end(node)
        assert crew.look() == []
        assert extend(store, group("e", "f", tolerant=True), number=200, token="t2") is Extended.OK
        assert seal(store) is Extended.OK
        crew.end("201")
        crew.end("200")
        assert received(read, crew, "2") == ["1", "100", "102", ["200", "201"]]
        nodes = state_of(read).nodes
        assert list(nodes) == ["g1", "1", "2", "100", "101", "102", "g200", "200", "201"]
        assert getattr(nodes["g1"].group, "heads", None) == ("1", "100", "101", "g200")

    def test_the_same_call_again_adds_nothing(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(group(open=True)))
        extend(store, "b")
        before = everything(store)
        assert extend(store, "b") is Extended.ALREADY
        assert extend(store, "b", token="another") is Extended.COLLISION
        assert changed(before, everything(store)) == {}

    def test_one_that_is_sealed_empty_is_an_empty_list(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", group(open=True), "c")))
        assert seal(store) is Extended.OK
        crew.end("1")
        assert received(read, crew, "2") == []
        assert extend(store, "b") is Extended.FINAL
        assert store.do(store.verbs.seal("w", "g7", "x")) is Extended.UNKNOWN
        assert store.do(store.verbs.seal("none", "g1", "x")) is Extended.UNKNOWN

    def test_members_may_come_before_the_group_has_begun(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", group(open=True), "c")))
        extend(store, "b")
        assert crew.look() == ["1"]
        crew.end("1")
        assert crew.look() == ["100"]

    def test_one_that_nobody_feeds_for_a_day_is_given_up(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", open=True), "c")))
        crew.end("1")
        pass_deadlines(store)
        assert ending(read) == ("cancelled", "by_user", None)
        assert read.job("w").cancel_reason == "nobody added to group g1 for a day"
        assert extend(store, "b") is Extended.FINAL

    def test_who_feeds_one_says_that_it_is_there_and_is_given_up_when_it_is_not(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """The client of `--each -` was killed: its workflow does not stay for a day."""
        send(store, a_workflow(chain(group("a", open=True), "c")))
        crew.end("1")
        assert store.do(store.verbs.feeding("w", "g1", 300_000)) is Extended.OK
        assert extend(store, "b") is Extended.OK  # which is no other word
        left = store.do(Command(("ZSCORE", store.keys.deadlines, "fed w g1"), float)) - read.now_ms()
        assert 200_000 < left <= 300_000
        pass_deadlines(store, "fed")
        assert ending(read) == ("cancelled", "by_user", None)
        assert read.job("w").cancel_reason == "who added members to group g1 is gone"
        assert store.do(store.verbs.feeding("w", "g1", 300_000)) is Extended.FINAL

    def test_who_has_sealed_one_may_go(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", open=True), "c")))
        store.do(store.verbs.feeding("w", "g1", 300_000))
        assert seal(store) is Extended.OK
        assert store.do(Command(("ZRANGE", store.keys.deadlines, 0, -1), list)) == []
        store.do(Command(("ZADD", store.keys.deadlines, 1, "fed w g1"), int))  # a word that came late
        store.do(store.verbs.promote())
        assert read.job("w").state is State.RUNNING
        assert store.do(store.verbs.feeding("none", "g1", 300_000)) is Extended.UNKNOWN

    def test_cancelling_the_workflow_closes_it(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", open=True), "c")))
        cancel(store, "w")
        assert ending(read) == ("cancelled", "by_user", None)


class TestExtendFromInside:
    def test_a_member_adds_to_its_own_group(self, store: Store, read: Reading, crew: Crew) -> None:
        """Rule 9, C75: also a chord."""
        send(store, a_workflow(chain("a", group("b"), "sum")))
        crew.end("1")
        crew.look()
        asker = ("w1", "w.2", crew.claims["2"].fence)
        assert extend(store, "c", chain(group("d", "e"), "f"), into="", asker=asker) is Extended.OK
        for node in ("2", "100", "101", "102", "103"):
            crew.end(node)
        assert received(read, crew, "3") == ["2", "100", "103"]
        assert extend(store, "c", number=300, token="x") is Extended.FINAL

    def test_one_that_lost_its_job_adds_nothing(self, store: Store, crew: Crew, other_worker: SeedWorker) -> None:
        send(store, a_workflow(chain(group("b"), "sum")))
        crew.look()
        asker = ("w1", "w.1", crew.claims["1"].fence)
        lose(store, crew.worker)
        before = everything(store)
        assert extend(store, "c", into="", asker=asker) is Extended.FENCED
        assert changed(before, everything(store)) == {}

    def test_who_is_in_no_group_cannot(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain("a", group("b"))))
        crew.look()
        assert extend(store, "c", into="", asker=("w1", "w.1", crew.claims["1"].fence)) is Extended.UNKNOWN
