"""Single lines of the scripts that nothing else would miss: what each is for."""

from __future__ import annotations

from typing import Any

from qctl.store import Command, Reading, Store
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer
from tests.store.test_workflow_cancel import cancel
from tests.store.test_workflow_damage import follow
from tests.support.schedule_seed import SeedBeat, a_firing, the_state
from tests.support.store_seed import a_job, settled, submit
from tests.support.workflow_seed import Crew, a_workflow, chain, ending, fates, group, send, step


def said(store: Store, *words: Any) -> Any:
    return store.do(Command(words, lambda reply: reply))


class TestReplacing:
    def replace(self, store: Store, crew: Crew, **more: Any) -> Answer:
        """Let a workflow `v` of one step take the place of node 1."""
        instead = a_workflow("x", "v", **more)
        (answer,) = store.do(store.verbs.replace("w1", [settled(crew.claims.pop("1"), instead=instead)]))
        return answer

    def test_a_full_queue_does_not_stand_in_its_way(self, store: Store, read: Reading, crew: Crew) -> None:
        """Else the job would run again, and again, without a charge."""
        crew.worker.register(queue_default={"length": 1})
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        submit(store, "other")
        assert self.replace(store, crew, max_length=1) is Answer.OK
        assert read.job("w.1").awaiting == "v"

    def test_one_whose_unique_name_is_held_ends_because_of_the_holder(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        submit(store, a_job("holder", unique="u"))
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        assert self.replace(store, crew, unique="u") is Answer.OK
        assert ending(read, "w.1") == ("failed", "not_started", "holder")
        assert ending(read) == ("failed", "not_started", "w.1")
        assert not read.jobs(["v"])

    def test_what_its_job_held_is_free_and_one_that_has_ended_already_is_followed(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """A call of which a part was lost: the workflow is there, and over."""
        crew.worker.register(task_a={"running": 1})
        send(store, a_workflow(chain("a", "b")))
        submit(store, a_job("next", task="a"))
        assert crew.look() == ["1"]
        send(store, a_workflow("x", "v"))
        (claim,) = crew.worker.claim(1)
        crew.worker.complete(claim)
        assert self.replace(store, crew) is Answer.OK
        assert crew.look() == ["next"]
        follow(store)
        assert ending(read, "w.1") == ("succeeded", None, None)
        assert crew.look() == ["2", "next"]


class TestUniqueNames:
    def test_a_node_that_has_begun_is_the_only_one_of_its_name(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain("a", step("b", unique="u"))))
        crew.end("1")
        assert submit(store, a_job("other", unique="u")) == [Submitted(Taken.UNIQUE, "w.2")]
        crew.end("2")
        assert submit(store, a_job("other", unique="u")) == [Submitted(Taken.NEW, "other")]

    def test_a_workflow_that_runs_once_more_is_again_the_only_one_of_its_name(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow("a", unique="u"))
        crew.fail("1")
        assert store.do(store.verbs.revive(["w"])) == ["OK"]
        assert submit(store, a_job("other", unique="u")) == [Submitted(Taken.UNIQUE, "w")]
        crew.end("1")
        assert submit(store, a_job("other", unique="u")) == [Submitted(Taken.NEW, "other")]


def test_a_scheduled_workflow_that_runs_once_more_is_again_one_of_the_active_ones(
    store: Store, beat: SeedBeat, crew: Crew
) -> None:
    """`overlap = "skip"` looks at them."""
    state = beat.declare()
    beat.fire_one(a_firing(state, a_workflow("a")))
    assert the_state(store).active == ("w",)
    crew.fail("1")
    assert the_state(store).active == ()
    assert store.do(store.verbs.revive(["w"])) == ["OK"]
    assert the_state(store).active == ("w",)
    crew.end("1")
    assert the_state(store).active == ()


class TestWhatIsLeftToDo:
    def test_steps_that_were_too_many_for_a_call_are_due_at_once(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(group(*("m" for _ in range(450)))))
        assert store.do(store.verbs.promote()).next_due_ms == 0
        assert crew.worker.ask().next_due_ms == 0
        follow(store)
        assert store.do(store.verbs.promote()).next_due_ms is None

    def test_a_node_whose_record_is_gone_is_lost_when_its_turn_comes(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "h!")))
        said(store, "DEL", store.keys.job("w.1"))
        crew.look()
        follow(store)
        assert fates(read) == {"1": "lost"}
        assert crew.look() == ["2"]

    def test_a_group_that_is_closed_has_no_time_limit_any_more(self, store: Store, crew: Crew) -> None:
        send(store, a_workflow(chain(group("a", open=True), "b")))
        assert said(store, "ZCARD", store.keys.deadlines) == 1
        store.do(store.verbs.seal("w", "g1", "token"))
        assert said(store, "ZCARD", store.keys.deadlines) == 0

    def test_cancelling_ends_all_members_that_a_narrow_group_has_not_released(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(group(*"abcdef", max_parallel=1)))
        assert cancel(store, "w") == ["RUNNING"]
        follow(store)
        assert set(fates(read).values()) == {"cancelled"}
        assert len(fates(read)) == 7
