"""What a submit is refused for: a second active job of a unique name, and a queue that holds as many as it may."""

from __future__ import annotations

from qctl.model.state import State
from qctl.model.submission import IfExists
from qctl.store import Reading, Store
from qctl.store.taken import Submitted, Taken
from tests.support.store_seed import SeedWorker, a_job, everything, submit


class TestUnique:
    def test_a_second_active_job_of_the_name_is_refused_and_told_of_the_first(
        self, store: Store, worker: SeedWorker
    ) -> None:
        submit(store, a_job("a", unique="tidy"))

        (refused,) = submit(store, a_job("b", unique="tidy"))
        assert (refused.taken, refused.id) == (Taken.UNIQUE, "a")
        assert submit(store, a_job("a", unique="tidy"))[0].taken is Taken.EXISTS
        worker.complete(worker.take())
        assert submit(store, a_job("b", unique="tidy"))[0].taken is Taken.NEW

    def test_nothing_is_left_of_it_when_the_job_has_ended(self, store: Store, worker: SeedWorker) -> None:
        submit(store, a_job("a", unique="tidy"))
        store.do(store.verbs.cancel(["a"], {}))

        assert not [key for key in everything(store) if key.startswith("unique")]

    def test_an_ended_job_is_not_revived_beside_another(self, store: Store, worker: SeedWorker) -> None:
        submit(store, a_job("a", unique="tidy"))
        worker.bury(worker.take())
        submit(store, a_job("b", unique="tidy"))

        assert store.do(store.verbs.revive(["a"])) == ["UNIQUE"]
        assert Reading(store).job("a").state is State.ENDED
        worker.complete(worker.take())
        assert store.do(store.verbs.revive(["a"])) == ["OK"]
        assert submit(store, a_job("c", unique="tidy"))[0].id == "a"

    def test_one_that_is_to_be_replaced_and_runs_is_in_the_way_as_any_other(
        self, store: Store, worker: SeedWorker
    ) -> None:
        """A running job is not replaced: it goes on, and there would be two."""
        again = a_job("b", unique="tidy", key="k", if_exists=IfExists.REPLACE)
        submit(store, a_job("a", unique="tidy", key="k"))
        claim = worker.take()

        assert submit(store, again) == [Submitted(Taken.UNIQUE, "a")]
        worker.complete(claim)
        assert submit(store, again)[0].taken is Taken.NEW

    def test_one_that_waits_is_replaced(self, store: Store) -> None:
        submit(store, a_job("a", unique="tidy", key="k"))

        answers = submit(store, a_job("b", unique="tidy", key="k", if_exists=IfExists.REPLACE))

        assert answers == [Submitted(Taken.NEW, "b")]


class TestMaxLength:
    def test_a_full_queue_takes_nothing_and_nothing_is_written(self, store: Store, worker: SeedWorker) -> None:
        """Fault 74."""
        worker.register(queue_default={"length": 2})
        submit(store, "a", "b")
        before = everything(store)

        (refused,) = submit(store, a_job("c", key="k", unique="u"))

        assert (refused.taken, refused.id) == (Taken.FULL, "2")
        assert everything(store) == before
        worker.take()
        assert submit(store, "c")[0].taken is Taken.NEW

    def test_jobs_that_limits_hold_back_count(self, store: Store, worker: SeedWorker) -> None:
        worker.register(task_tidy={"running": 1}, queue_default={"length": 2})
        submit(store, "a", "b")
        worker.claim(2)

        assert [one.taken for one in submit(store, "c", "d")] == [Taken.NEW, Taken.FULL]

    def test_the_callers_own_number_holds_where_no_worker_declares_one(self, store: Store) -> None:
        answers = submit(store, a_job("a", max_length=1), a_job("b", max_length=1))

        assert [one.taken for one in answers] == [Taken.NEW, Taken.FULL]

    def test_an_ended_job_is_not_revived_into_a_full_queue_and_nothing_is_written(
        self, store: Store, worker: SeedWorker
    ) -> None:
        worker.register(queue_default={"length": 2})
        submit(store, "a", a_job("b", queue="other@host"))
        for claim in worker.claim(2, [("default", 1), ("other@host", 1)]):
            worker.bury(claim)
        submit(store, "c", "d", a_job("e", queue="other@host"))
        before = everything(store)

        assert store.do(store.verbs.revive(["a", "b"], {"other": 1})) == ["FULL 2", "FULL 1"]
        assert everything(store) == before
        assert [claim.id for claim in worker.claim(1, [("default", 1)])] == ["c"]
        assert store.do(store.verbs.revive(["a", "b", "c"])) == ["OK", "OK", "ACTIVE"]
