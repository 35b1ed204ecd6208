"""Jobs that let a workflow take their place: they keep their ids, and end as it does, with its value."""

from __future__ import annotations

from qctl.model.attempt import Value
from qctl.model.state import State
from qctl.model.submission import IfExists
from qctl.model.workflow.tree import Tree
from qctl.store import Reading, Store
from qctl.store.taken import Submitted, Taken
from qctl.store.values import Answer
from tests.store.test_workflow_cancel import cancel
from tests.support.store_seed import (
    HOUR_MS,
    a_job,
    changed,
    end_long_ago,
    everything,
    settled,
    some_json,
    submit,
)
from tests.support.workflow_seed import (
    Crew,
    a_workflow,
    chain,
    ending,
    group,
    received,
    send,
)

Asker = tuple[str, str, int]


def replace(store: Store, crew: Crew, node: str, tree: Tree | str, by: str = "v") -> Answer:
    claim = crew.claims.pop(node)
    (answer,) = store.do(store.verbs.replace("w1", [settled(claim, instead=a_workflow(tree, by))]))
    return answer


class TestReplace:
    def test_the_job_waits_and_ends_as_the_workflow_does_with_its_value(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """C94: first, middle and last in a chain, in a group, in a header, in a body: a node stays where it is."""
        send(store, a_workflow(chain(group("a", "b"), "c")))
        crew.look()
        assert replace(store, crew, "2", group("x", "y")) is Answer.OK
        job = read.job("w.2")
        assert (job.state, job.awaiting, job.owner) == (State.WAITING, "v", None)
        claims = {claim.id: claim for claim in crew.worker.claim(9)}
        crew.end("1")
        assert crew.look() == []
        for number, claim in enumerate(claims.values()):
            crew.worker.complete(claim, value=_json(number))
        assert received(read, crew, "3") == ["1", [0, 1]]
        assert ending(read, "w.2") == ("succeeded", None, None)
        value = read.value("w.2")
        assert value is not None
        assert value.data == b"[0,1]"
        crew.end("3")
        assert ending(read) == ("succeeded", None, None)

    def test_twice_deep(self, store: Store, read: Reading, crew: Crew) -> None:
        """C95."""
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        replace(store, crew, "1", "x", "v")
        (claim,) = crew.worker.claim(9)
        store.do(store.verbs.replace("w1", [settled(claim, instead=a_workflow("y", "u"))]))
        (claim,) = crew.worker.claim(9)
        crew.worker.complete(claim, value=_json(7))
        assert received(read, crew, "2") == 7

    def test_retention_leaves_what_it_left_as_long_as_the_outer_workflow_goes_on(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        replace(store, crew, "1", "x")
        crew.worker.complete(crew.worker.take(), value=_json(7))
        for job, task in (("v", "pipeline"), ("v.1", "x")):
            end_long_ago(store, job, 2 * HOUR_MS, task)
            assert store.do(store.verbs.forget(task, HOUR_MS, 0)) == (0, False)
        assert received(read, crew, "2") == 7
        crew.end("2")
        assert store.do(store.verbs.forget("x", HOUR_MS, 0)) == (0, False), "its value is that of w.1"
        end_long_ago(store, "w.1", 2 * HOUR_MS, "a")
        assert store.do(store.verbs.forget("a", HOUR_MS, 0)) == (1, False)
        assert store.do(store.verbs.forget("x", HOUR_MS, 0)) == (1, False)

    def test_retention_leaves_what_it_left_as_long_as_a_job_has_it_for_its_value(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """Of a job of no workflow, and twice deep: what is inside goes when what is outside has gone."""
        submit(store, "one")
        crew.look()
        replace(store, crew, "one", chain("x", "y"))
        crew.worker.complete(crew.worker.take())
        (claim,) = crew.worker.claim(9)
        store.do(store.verbs.replace("w1", [settled(claim, instead=a_workflow("z", "u"))]))
        crew.worker.complete(crew.worker.take(), value=_json(7))
        inside = [("v", "pipeline"), ("v.1", "x"), ("v.2", "y"), ("u", "pipeline"), ("u.1", "z")]
        for job, task in inside:
            end_long_ago(store, job, 2 * HOUR_MS, task)
            assert store.do(store.verbs.forget(task, HOUR_MS, 0)) == (0, False)
        assert read.value("one") == _json(7)
        end_long_ago(store, "one", 2 * HOUR_MS)
        for task in ("tidy", "pipeline", "x", "y", "pipeline", "z"):
            store.do(store.verbs.forget(task, HOUR_MS, 0))
        assert not read.jobs(["one", *(job for job, _ in inside)])

    def test_one_whose_workflow_fails_fails(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        replace(store, crew, "1", "x")
        crew.worker.bury(crew.worker.take())
        assert ending(read, "w.1") == ("failed", "exit", "v.1")
        assert ending(read, "w.2") == ("skipped", "upstream_failed", "w.1")

    def test_cancelling_the_job_cancels_the_workflow(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        replace(store, crew, "1", chain("x", "y"))
        cancel(store, "w")
        assert ending(read, "v") == ("cancelled", "by_user", None)
        assert ending(read, "w.1")[0] == "cancelled"
        assert ending(read) == ("cancelled", "by_user", None)

    def test_a_job_of_no_workflow_may_too_and_the_same_call_again_changes_nothing(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        submit(store, "one")
        crew.look()
        claim = crew.claims["one"]
        replace(store, crew, "one", chain())
        assert ending(read, "one") == ("succeeded", None, None)
        before = everything(store)
        crew.claims["one"] = claim
        assert replace(store, crew, "one", chain()) is Answer.ALREADY
        assert changed(before, everything(store)) == {}

    def test_one_that_goes_on_as_a_workflow_is_in_the_way_of_a_submission_as_one_that_runs(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        """A running job gives way to none that is to replace it: there would be two."""
        again = a_job("two", unique="u", key="k", if_exists=IfExists.REPLACE)
        submit(store, a_job("one", unique="u", key="k"))
        crew.look()
        replace(store, crew, "one", chain("x", "y"))

        assert submit(store, again) == [Submitted(Taken.UNIQUE, "one")]
        submit(store, a_job("three", key="k", if_exists=IfExists.REPLACE))

        assert ending(read, "one")[0] is None
        crew.look()
        crew.end("1")
        crew.end("2")
        assert ending(read, "one") == ("succeeded", None, None)

    def test_an_id_that_another_job_has_is_refused_and_the_job_runs_on(
        self, store: Store, read: Reading, crew: Crew
    ) -> None:
        send(store, a_workflow(chain("a", "b")))
        submit(store, "v")
        crew.look()
        claim = crew.claims["1"]
        assert replace(store, crew, "1", "x") is Answer.COLLISION
        assert crew.worker.complete(claim) is Answer.OK

    def test_one_that_is_to_be_cancelled_ends_so(self, store: Store, read: Reading, crew: Crew) -> None:
        send(store, a_workflow(chain("a", "b")))
        crew.look()
        cancel(store, "w.1")
        assert replace(store, crew, "1", "x") is Answer.OK
        assert ending(read, "w.1") == ("cancelled", "by_user", None)
        assert read.workflow("v") is None

    def test_its_nodes_are_claimed_by_who_asks_for_the_outer_workflow_alone(self, store: Store, crew: Crew) -> None:
        submit(store, "other")
        send(store, a_workflow(chain("a", "b")))
        verbs = store.verbs
        (first,) = store.do(verbs.claim("w1", 1, 9, only=["w"])).claims
        store.do(verbs.replace("w1", [settled(first, instead=a_workflow("x", "v"))]))
        answer = store.do(verbs.claim("w1", 2, 9, only=["w"]))
        assert [claim.id for claim in answer.claims] == ["v.1"]
        assert answer.awaited


def _json(value: object) -> Value:
    return some_json(str(value))
