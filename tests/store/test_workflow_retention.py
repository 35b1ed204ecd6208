"""When what is kept of workflows goes."""

from __future__ import annotations

from qctl.model.state import Outcome
from qctl.store import Command, Reading, Store
from tests.support.store_seed import HOUR_MS, SeedWorker, end_long_ago, everything
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    fates,
    group,
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


def test_an_end_of_a_node_that_is_told_twice_starts_no_callback_twice(store: Store, crew: Crew) -> None:
    """Rule 1: the end of a node counts once."""
    send(store, a_workflow(chain(step("a", link=(step("l"),)), "b")))
    crew.end("1")
    store.do(Command(("RPUSH", store.keys.steps("w"), "final 1 succeeded -"), int))
    store.do(Command(("SADD", store.keys.unstepped, "w"), int))
    crew.end("2")
    crew.end("3")
    store.do(store.verbs.follow())
    assert crew.look() == []


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
