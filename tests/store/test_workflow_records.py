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
from qctl.store.refusals import RedisFull
from qctl.store.values import Answer, Submitted, Taken
from tests.store.test_full_redis import Full, full
from tests.store.weakened import weakened
from tests.support.store_seed import HOUR_MS, SeedWorker, end_long_ago, everything, settled
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    fates,
    group,
    parts_to_upload,
    received,
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
        assert read.standing({"running"}, 9) == (["w.1", "w"], 2)
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


class TestTheEnd:
    def test_nothing_is_left_of_a_workflow_that_was_removed(self, store: Store, read: Reading, crew: Crew) -> None:
        """C78."""
        for workflow in ("w", "v"):
            tree = chain("a", group("b", "c", max_fail=1), step("d", secrets=b"s", link=(step("l", secrets=b"s"),)))
            send(store, a_workflow(tree, workflow, on_success="page"))
        while claims := crew.worker.claim(9):
            for claim in claims:
                crew.worker.bury(claim) if claim.task == "c" else crew.worker.complete(claim)
        assert own_keys(store) >= {"nodes:w", "fates:w", "flow:w", "done:w.g1", "failed:w.g1", "culprits:w"}
        assert store.do(store.verbs.remove(["w", "v"])) == ["OK", "OK"]
        while store.do(store.verbs.follow())[1]:
            pass
        assert not own_keys(store)
        left = {name.partition(" ")[0].partition(":")[0] for name in everything(store)} - {"stats"}
        assert left <= {"events", "inbox", "queues", "recent", "seq", "worker", "workers", "wake", "secret"}
        assert not [name for name in everything(store) if name.startswith("secret")]

    def test_secrets_go_with_the_node_that_has_them_or_with_the_workflow(self, store: Store, crew: Crew) -> None:
        send(
            store, a_workflow(chain(step("a", secrets=b"s"), step("b", secrets=b"t", link=(step("c", secrets=b"u"),))))
        )
        crew.look()
        assert crew.claims["1"].secrets == b"s"
        crew.end("1")
        assert [name for name in sorted(everything(store)) if name.startswith("secret")] == ["secret:w.2", "secret:w.3"]
        crew.fail("2")
        assert not [name for name in everything(store) if name.startswith("secret")]

    def test_retention_takes_the_jobs_of_a_workflow_only_when_that_has_ended(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Architecture 4: never a job whose workflow is not final."""
        send(store, a_workflow(chain("a", "b")))
        crew.end("1")
        end_long_ago(store, "w.1", 2 * HOUR_MS, "a")
        assert store.do(store.verbs.forget("a", HOUR_MS, 0)) == (0, False)
        assert store.do(store.verbs.remove(["w.1", "w"])) == ["ACTIVE", "ACTIVE"]
        crew.end("2")
        assert store.do(store.verbs.forget("a", HOUR_MS, 0)) == (1, False)
        end_long_ago(store, "w", 2 * HOUR_MS, "pipeline")
        assert store.do(store.verbs.forget("pipeline", HOUR_MS, 0)) == (1, False)
        assert not own_keys(store)
        assert read.job("w.2").outcome is Outcome.SUCCEEDED, "its own task's retention takes it"

    def test_what_comes_after_the_end_still_finds_the_plan(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a", on_success="tell"))
        crew.end("1")
        assert store.do(store.verbs.remove(["w"])) == ["ACTIVE"]
        crew.end("on_success")
        assert store.do(store.verbs.remove(["w"])) == ["OK"]


class TestFull:
    """Fault 40."""

    def test_what_has_begun_goes_on_and_ends(self, store: Store, read: Reading, crew: Crew, full: Full) -> None:
        send(store, a_workflow(chain("a", group("b", "c"), "d")), a_workflow(chain("x", "y"), "v"))
        full.fill()
        with pytest.raises(RedisFull):
            send(store, a_workflow("a", "new"))
        with pytest.raises(RedisFull):
            store.do(store.verbs.upload("other", a_workflow("a").plan.nodes))
        store.do(store.verbs.cancel(["v"], {}))
        for claim in crew.worker.claim(9):
            crew.worker.complete(claim)
        for claim in crew.worker.claim(9):
            crew.worker.complete(claim) if claim.task == "b" else crew.worker.bury(claim)
        assert ending(read) == ("failed", "exit", "w.3")
        assert ending(read, "v") == ("cancelled", "by_user", None)
        full.drain()
        assert not [name for name in everything(store) if "new" in name or "other" in name]


class TestGuards:
    """The same call with the guard taken out does the harm that the guard prevents."""

    def test_without_the_fate_that_is_written_once_a_callback_would_start_twice(self, store: Store, crew: Crew) -> None:
        """Rule 1: the end of a node counts once."""
        send(store, a_workflow(chain(step("a", link=(step("l"),)), "b")))
        crew.end("1")
        store.do(Command(("RPUSH", store.keys.steps("w"), "final 1 succeeded -"), int))
        store.do(Command(("SADD", store.keys.unstepped, "w"), int))
        crew.end("2")
        crew.end("3")
        store.do(store.verbs.follow())
        assert crew.look() == []

    def test_without_the_set_of_members_an_end_that_is_told_twice_would_count_for_two(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Rule 1: a set, never a bare counter."""
        guard = "if call('SADD', part('done', flow, name), position) == 0 then return end"
        counter = "call('SADD', part('done', flow, name), position .. call('INCR', PREFIX .. 'seq'))"
        for workflow, without in (("w", guard), ("v", counter)):
            send(store, a_workflow(chain(group("a", "b"), "c"), workflow))
            (first, second) = crew.worker.claim(2)
            crew.worker.complete(first)
            store.do(Command(("RPUSH", store.keys.steps(workflow), "arrive 1 ok -"), int))
            store.do(Command(("SADD", store.keys.unstepped, workflow), int))
            store.do(weakened(store.verbs.follow(), guard, without))
            started = [claim.id for claim in crew.worker.claim(9)]
            assert started == ([] if workflow == "w" else ["v.3"])
            crew.worker.complete(second)
            crew.worker.claim(9)

    def test_without_a_look_at_the_order_a_cancelled_workflow_would_go_on(self, store: Store, crew: Crew) -> None:
        """Rule 8."""
        guard = "if flow.job.cx then return 'cancelled', 'by_user', flow.job.cx end"
        for workflow, without in (("w", guard), ("v", "")):
            send(store, a_workflow(chain("a", "b"), workflow))
            claim = crew.worker.take()
            store.do(store.verbs.cancel([workflow], {}))
            store.do(weakened(store.verbs.complete("w1", [settled(claim)]), guard, without))
            assert [one.id for one in crew.worker.claim(9)] == ([] if workflow == "w" else ["v.2"])

    def test_without_a_look_at_the_workflow_retention_would_take_what_a_step_is_to_receive(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.end("1")
        end_long_ago(store, "w.1", 2 * HOUR_MS, "a")
        forget = store.verbs.forget("a", HOUR_MS, 0)
        store.do(forget)
        assert received(read, crew, "2") == "1"
        store.do(weakened(forget, "if not is_at_work(oldest[i], job) then gone", "if true then gone"))
        with pytest.raises(InputGone):
            received(read, crew, "2")


def test_two_workers_may_carry_out_what_is_left_of_one_workflow(
    store: Store, read: Reading, crew: Crew, other_worker: SeedWorker
) -> None:
    send(store, a_workflow(chain("a", group(*("b" for _ in range(450))), "c")))
    crew.end("1")
    while True:
        more = [store.do(store.verbs.follow())[1] for _ in range(2)]
        for worker in (crew.worker, other_worker):
            for claim in worker.claim(100):
                worker.complete(claim)
        if not any(more) and read.job("w").ended:
            break
    assert set(fates(read).values()) == {"succeeded"}
    assert len(state_of(read).jobs) == 452
