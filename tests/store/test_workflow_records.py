"""What is kept of workflows: how it is read, what it takes, when it goes, and what its guards are for."""

from __future__ import annotations

from contextlib import suppress

import pytest

from qctl.errors import NoSuchJob
from qctl.model.attempt import Value, ValueKind
from qctl.model.state import Outcome, State
from qctl.model.workflow import inputs
from qctl.model.workflow.inputs import InputGone, InputTooLarge, Items
from qctl.store import Command, Reading, Store, gathering
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer
from tests.store.test_full_redis import full
from tests.support.store_seed import HOUR_MS, everything, settled
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    fates,
    group,
    parts_to_upload,
    send,
    sources,
    state_of,
    step,
)

__all__ = ["full"]
OWN = ("nodes", "fates", "flow", "live", "done", "failed", "culprits", "steps", "unstepped", "workflows", "deadlines")


def own_keys(store: Store) -> set[str]:
    """What the store keeps of workflows alone."""
    kinds = {name.partition(" ")[0] for name in everything(store)}
    return {name for name in kinds if name.partition(":")[0] in OWN}


class TestReading:
    def test_nodes_are_told_in_declared_order_with_the_jobs_of_those_that_were_released(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        tree = chain("a", group("b", chain("c", group(), group("d"))), step("e", link=(step("f"),)))
        one = a_workflow(tree, on_error="page", timeout_ms=60_000)
        send(store, one)
        crew.end("1")
        state = state_of(read)
        assert list(state.nodes) == ["1", "g1", "2", "3", "g2", "g3", "4", "5", "6", "on_error"]
        assert set(state.jobs) == {"1", "2", "3"}
        assert state.jobs["1"].outcome is Outcome.SUCCEEDED
        assert (state.plan.first, state.plan.last, state.plan.main) == ("1", "5", one.plan.main)
        assert (state.plan.timeout_ms, state.plan.on_error, state.plan.text) == (60_000, ("on_error",), "a text")
        by_name = {node.name: node for node in one.plan.nodes}
        for name, node in state.nodes.items():
            wanted = by_name[name]
            assert (node.group, node.previous, node.next, node.within) == (
                wanted.group,
                wanted.previous,
                wanted.next,
                wanted.within,
            )
            assert (node.position, node.links, node.error_links) == (wanted.position, wanted.links, wanted.error_links)

    def test_a_node_that_was_not_released_is_a_job_that_waits(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", step("b", queue="slow", priority=7))))
        job = read.job("w.2")
        assert (job.state, job.call.task, job.queue, job.priority) == (State.WAITING, "b", "slow", 7)
        assert [one.id for one in read.jobs(["w.2", "w.7", "w", "none.1"])] == ["w.2", "w"]
        with pytest.raises(NoSuchJob):
            read.job("w.7")
        assert read.workflow("w.1") is None
        assert read.workflow("none") is None

    def test_a_workflow_is_among_what_is_active_and_its_nodes_are_not_among_the_newest(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        assert [job.id for job in read.active(9)] == ["w.1", "w"]
        running = read.present({"running"}, most=9, first=9)
        assert (running.page(9), running.total) == (["w.1", "w"], 2)
        assert read.recent() == ["w"]


class TestInputs:
    def test_large_and_binary_values_come_as_they_were(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b"), "c")))
        crew.look()
        big = Value(ValueKind.BYTES, bytes(range(256)) * 20_000)
        for node in "12":
            crew.worker.complete(crew.claims.pop(node), value=big)
        assert read.input("w", sources(crew)["3"]) == Items((big, big))

    def test_they_are_asked_for_a_part_at_a_time(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", "b", "c"), "d")))
        crew.look()
        big = Value(ValueKind.BYTES, b"x" * 3_000_000)
        for node in "123":
            crew.worker.complete(crew.claims.pop(node), value=big)
        asking = gathering.Gathering(store.keys).input("w", "v:g1")
        sizes, answers = [], None
        with suppress(StopIteration):
            while True:
                answers = store.do_all(asking.send(answers))  # type: ignore[arg-type]
                sizes.append(sum(len(value) for answer in answers for value in answer if value))
        assert max(sizes) < 7_000_000
        assert sum(sizes) > 9_000_000

    def test_too_much_is_refused(
        self, store: Store, read: Reading, crew: Crew, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gathering, "MOST_BYTES", 1000)
        assert inputs.MOST_BYTES == 64 * 1024 * 1024
        send(store, a_workflow(chain(group("a", "b"), "c")))
        crew.look()
        for node in "12":
            crew.worker.complete(crew.claims.pop(node), value=Value(ValueKind.BYTES, b"x" * 600))
        with pytest.raises(InputTooLarge):
            read.input("w", "v:g1")
        assert read.input("w", "v:1") == Value(ValueKind.BYTES, b"x" * 600)

    @pytest.mark.damaged("a job's record is deleted")
    def test_one_that_is_gone_is_told(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.end("1")
        store.do(Command(("DEL", store.keys.job("w.1")), int))
        with pytest.raises(InputGone):
            read.input("w", "v:1")
        with pytest.raises(InputGone):
            read.input("none", "v:1")

    def test_a_chord_of_2000(self, store: Store, read: Reading, crew: Crew) -> None:
        """C29, C58: all in order; what is too much for a call goes before it, or after."""
        one = a_workflow(chain(group(*("m" for _ in range(2000))), "sum"))
        assert len(parts_to_upload(one)) == 4
        send(store, one)
        while "g1" not in fates(read):
            store.do(store.verbs.follow())
            done = [settled(claim, value=_number(claim.id)) for claim in crew.worker.claim(400)]
            assert set(store.do(store.verbs.complete("w1", done))) <= {Answer.OK}
        store.do(store.verbs.follow())
        claim = crew.worker.take()
        found = read.input("w", claim.source)
        assert isinstance(found, Items)
        assert [int(one.data) for one in found.members if isinstance(one, Value)] == list(range(1, 2001))
        assert sum(int(one.data) for one in found.members if isinstance(one, Value)) == 2_001_000
        crew.worker.complete(claim)
        assert ending(read) == ("succeeded", None, None)


def _number(job_id: str) -> Value:
    return Value(ValueKind.JSON, job_id.partition(".")[2].encode())


class TestUpload:
    def test_nodes_that_are_gone_by_the_submit_are_missed(self, store: Store) -> None:
        one = a_workflow(group(*("m" for _ in range(600))))
        assert store.do(store.verbs.submit([one])) == [Submitted(Taken.NO_PLAN, "w")]
        assert not own_keys(store)
        send(store, one)
        assert own_keys(store) == {"nodes:w", "live:w", "flow:w", "steps:w", "workflows", "unstepped"}

    def test_what_is_uploaded_and_never_submitted_ends_by_itself(self, store: Store) -> None:
        one = a_workflow("a")
        assert store.do(store.verbs.upload("w", one.plan.nodes)) == 1
        assert 0 < store.do(Command(("PTTL", store.keys.nodes("w")), int)) <= HOUR_MS
        send(store, one)
        assert store.do(Command(("PTTL", store.keys.nodes("w")), int)) == -1
        assert store.do(store.verbs.upload("w", one.plan.nodes)) == 0
