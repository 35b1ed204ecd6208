"""reclaim: what is given back where somebody has put something else in the place of what one job needs."""

from __future__ import annotations

from contextlib import suppress

import pytest
import redis

from qctl.model.state import State
from qctl.store import Reading, Store
from qctl.store.refusals import WrongType
from qctl.store.values import Reclaimed, Verdict
from tests.store.test_follow_damage import written_over
from tests.store.test_reclaim import reclaim
from tests.support import eventually
from tests.support.invariants import broken_invariants
from tests.support.store_seed import SeedWorker, a_job, a_record, submit


@pytest.mark.parametrize("limit", [2, 100])
def test_a_job_that_cannot_be_given_back_holds_no_other_up_and_goes_back_when_that_is_put_right(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker, limit: int
) -> None:
    """Somebody has put something else in the place of the queue of one of them."""
    others = [f"j{n}" for n in range(5)]
    submit(store, a_job("odd", queue="odd"), *others)
    worker.claim(6)

    with written_over(redis_client, store.keys.ready("odd")):
        answer = reclaim(store, limit=limit)
        while len(answer.batch) > 1:
            answer = reclaim(store, *verdicts_of(answer), limit=limit)
        assert [job.id for job in read.jobs([*others, "odd"]) if job.state is State.RUNNING] == ["odd"]
        with pytest.raises(WrongType):
            reclaim(store, *verdicts_of(answer), limit=limit)

    answer = reclaim(store, *verdicts_of(reclaim(store)))
    assert (answer.status, answer.judged, answer.batch) == ("OK", 1, ())
    assert (read.job("odd").state, read.job("odd").losses) == (State.QUEUED, 1)
    assert broken_invariants(store) == []


def test_more_of_these_than_are_answered_hide_no_other(
    store: Store, read: Reading, redis_client: redis.Redis, worker: SeedWorker
) -> None:
    odd = [f"odd{n}" for n in range(3)]
    submit(store, *(a_job(name, queue="odd") for name in odd), "one", "two")
    worker.claim(3, [("odd", 1)])
    worker.claim(2)

    def others_are_back() -> bool:
        """After one look of a worker, that ends when nothing it was answered can be given back."""
        with suppress(WrongType):
            answer = reclaim(store, limit=2)
            while answer.batch:
                answer = reclaim(store, *verdicts_of(answer), limit=2)
        return [job.id for job in read.jobs([*odd, "one", "two"]) if job.state is State.RUNNING] == odd

    with written_over(redis_client, store.keys.ready("odd")):
        eventually(others_are_back)

    answer = reclaim(store, *verdicts_of(reclaim(store)))
    assert (answer.status, answer.judged) == ("OK", 3)


def verdicts_of(answer: Reclaimed) -> list[Verdict]:
    """All of them are to be queued again."""
    return [Verdict(one.id, one.fence, False, a_record(one.attempt, "lost")) for one in answer.batch]
