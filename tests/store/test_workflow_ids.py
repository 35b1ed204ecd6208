"""Ids of workflows and of their nodes: nobody's job is taken over, and what is being removed takes nobody with it."""

from __future__ import annotations

import pytest

from qctl.model.state import State
from qctl.store import Command, Reading, Store
from qctl.store.taken import Submitted, Taken
from tests.store.test_workflow_damage import follow
from tests.support.store_seed import HOUR_MS, SeedWorker, a_job, end_long_ago, some_json, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, group, send

COLLISION = [Submitted(Taken.COLLISION, "w")]


class TestAJobOfAnotherUser:
    @pytest.mark.parametrize("ended", [False, True])
    @pytest.mark.parametrize("size", [2, 700])
    def test_one_that_has_the_id_of_a_node_is_not_taken_over(
        self, store: Store, read: Reading, worker: SeedWorker, ended: bool, size: int
    ) -> None:
        submit(store, a_job("w.2", task="mine"))
        if ended:
            worker.complete(worker.take(), value=some_json("42"))
        assert send(store, a_workflow(group(*("a" for _ in range(size))))) == COLLISION
        assert read.job("w.2").call.workflow_id is None
        assert not read.jobs(["w"])
        value = read.value("w.2")
        assert (value is not None and value.data == b"42") == ended

    @pytest.mark.parametrize("name", ["1", "2", "on_error", "on_error-1"])
    def test_none_takes_the_id_of_a_node_that_has_not_begun(self, store: Store, crew: Crew, name: str) -> None:
        send(store, a_workflow(chain("a", "b"), on_error="e", each_error=True))
        assert submit(store, f"w.{name}") == [Submitted(Taken.COLLISION, f"w.{name}")]
        assert submit(store, "w.9", "v.1") == [Submitted(Taken.NEW, "w.9"), Submitted(Taken.NEW, "v.1")]
        assert send(store, a_workflow(chain("a", "b"), on_error="e", each_error=True))[0].taken is Taken.EXISTS

    def test_jobs_of_a_workflow_that_was_forgotten_are_its_own(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow("a"))
        crew.end("1")
        end_long_ago(store, "w", 2 * HOUR_MS, "pipeline")
        assert store.do(store.verbs.forget("pipeline", HOUR_MS, 0)) == (1, False)
        assert send(store, a_workflow("a")) == [Submitted(Taken.NEW, "w")]
        crew.end("1")
        assert ending(read)[0] == "succeeded"


class TestOneThatIsBeingRemoved:
    @pytest.mark.parametrize("size", [450, 700])
    def test_another_of_its_id_is_refused_until_all_of_it_is_gone(
        self, store: Store, read: Reading, crew: Crew, size: int
    ) -> None:
        one = a_workflow(group(*("a" for _ in range(size))))
        send(store, one)
        store.do(store.verbs.cancel(["w"], {}))
        follow(store)
        assert store.do(store.verbs.remove(["w"])) == ["OK"]
        assert send(store, one) == COLLISION
        follow(store)
        assert send(store, one) == [Submitted(Taken.NEW, "w")]
        follow(store)
        while claims := crew.worker.claim(100):
            for claim in claims:
                crew.worker.complete(claim)
            follow(store)
        assert read.job("w").state is State.ENDED
        assert ending(read)[0] == "succeeded"


class TestRetention:
    def test_a_long_workflow_does_not_stand_in_the_way_of_younger_jobs(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(group(*("tidy" for _ in range(30)), "slow")))
        for node in range(1, 31):
            crew.end(str(node))
            end_long_ago(store, f"w.{node}", 5 * HOUR_MS)
        for number in range(40):
            submit(store, f"p{number}")
            crew.end(f"p{number}")
            end_long_ago(store, f"p{number}", 3 * HOUR_MS)
        answers = [store.do(store.verbs.forget("tidy", HOUR_MS, 0, 20)) for _ in range(4)]
        assert answers == [(0, True), (10, True), (20, True), (10, False)]
        crew.end("31")
        store.do(Command(("DEL", store.keys.passed("tidy")), int))
        assert store.do(store.verbs.forget("tidy", HOUR_MS, 0, 50)) == (30, False)

    @pytest.mark.parametrize("how", ["remove", "forget"])
    def test_what_comes_after_the_end_finds_the_value_that_it_is_to_receive(
        self, store: Store, crew: Crew, how: str
    ) -> None:
        send(store, a_workflow(chain("a", "b"), on_success="tell"))
        crew.end("1")
        crew.end("2")
        crew.look()
        if how == "remove":
            assert store.do(store.verbs.remove(["w.2"])) == ["ACTIVE"]
        else:
            end_long_ago(store, "w.2", 2 * HOUR_MS, "b")
            assert store.do(store.verbs.forget("b", HOUR_MS, 0)) == (0, False)
        crew.end("on_success")
        assert store.do(store.verbs.remove(["w.2"])) == ["OK"]
