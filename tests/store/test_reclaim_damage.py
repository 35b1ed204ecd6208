"""reclaim: what is given back where somebody has put something else in the place of what one job needs."""

from __future__ import annotations

import pytest
import redis

from qctl.model.state import State
from qctl.store import Reading, Store
from qctl.store.refusals import WrongType
from qctl.store.values import Reclaimed, Verdict
from tests.store.test_follow_damage import written_over
from tests.store.test_reclaim import reclaim
from tests.support.invariants import broken_invariants
from tests.support.store_seed import SeedWorker, a_job, a_record, submit


@pytest.mark.parametrize("limit", [2, 100])
def test_jobs_that_cannot_be_given_back_hold_no_other_up_and_go_back_when_that_is_put_right(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker, limit: int
) -> None:
    """Somebody has put something else in the place of the queue of the first ones, who are more than one call tells."""
    others, odd = [f"j{n}" for n in range(5)], [f"odd{n}" for n in range(3)]
    submit(store, *[a_job(name, queue="odd") for name in odd])
    worker.claim(3)
    submit(store, *others)
    worker.claim(5)

    with written_over(redis_client, store.keys.ready("odd")):
        refused, answer = odd[:0], reclaim(store, limit=limit)
        while answer.batch or answer.refused:
            refused += answer.refused
            try:
                answer = reclaim(store, *verdicts_of(answer), limit=limit, refused=refused)
            except WrongType:
                assert not answer.batch
        assert refused == odd
        assert [job.id for job in read.jobs([*others, *odd]) if job.state is State.RUNNING] == odd

    answer = reclaim(store, *verdicts_of(reclaim(store)))
    assert (answer.status, answer.judged, answer.batch) == ("OK", 3, ())
    assert {(job.state, job.losses) for job in read.jobs(odd)} == {(State.QUEUED, 1)}
    assert broken_invariants(store) == []


def test_a_call_that_can_give_none_back_and_tells_of_no_other_is_refused(
    store: Store, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    submit(store, a_job("odd", queue="odd"), a_job("strange", queue="odd"))
    worker.claim(2)
    with written_over(redis_client, store.keys.ready("odd")):
        odd, strange = verdicts_of(reclaim(store))
        assert [one.id for one in reclaim(store, odd).batch] == ["strange"]
        with pytest.raises(WrongType):
            reclaim(store, strange, refused=["odd"])


def verdicts_of(answer: Reclaimed) -> list[Verdict]:
    """All of them are to be queued again."""
    return [Verdict(one.id, one.fence, False, a_record(one.attempt, "lost")) for one in answer.batch]
