"""When what is kept of workflows goes, and what guards are for."""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome
from qctl.model.workflow.inputs import InputGone
from qctl.store import Command, Reading, Store
from tests.store.weakened import weakened
from tests.support.store_seed import HOUR_MS, SeedWorker, end_long_ago, everything, settled
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    fates,
    group,
    received,
    send,
    state_of,
    step,
)

OWN = ("nodes", "fates", "flow", "live", "done", "failed", "culprits", "steps", "unstepped", "workflows", "deadlines")


def own_keys(store: Store) -> set[str]:
    """What the store keeps of workflows alone."""
    kinds = {name.partition(" ")[0] for name in everything(store)}
    return {name for name in kinds if name.partition(":")[0] in OWN}


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
        assert [name for name in sorted(everything(store)) if name.startswith("secret")] == [
            "secret:w.2",
            "secrets:w 3",
        ]
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
        store.do(weakened(forget, "if is_kept(id, job) then passed", "if false then passed"))
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
