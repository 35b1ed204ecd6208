"""How an answer to a claim tells of jobs: once what they share, of each what they differ in."""

from __future__ import annotations

import pytest
import redis

from qctl.store import Store
from tests.support.store_seed import SeedWorker, a_job, submit


@pytest.mark.parametrize("odd", [False, True], ids=["the short way", "the long way"])
def test_what_jobs_of_one_answer_differ_in_is_told_of_each(
    store: Store, worker: SeedWorker, redis_client: redis.Redis, odd: bool
) -> None:
    bodies = [b'{"task":"tidy","n":%d}' % number for number in range(4)]
    submit(store, *(a_job(f"j{number}", body=body) for number, body in enumerate(bodies)), a_job("other", task="other"))
    for number in range(4):
        redis_client.hset(store.keys.job(f"j{number}"), "at", 1_700_000_000_000 + number // 2)
    if odd:
        redis_client.hset(store.keys.job("j3"), "x", 2)
    claims = worker.claim(9)
    assert [(one.id, one.body, one.enqueued_ms - 1_700_000_000_000) for one in claims[:4]] == [
        (f"j{number}", body, number // 2) for number, body in enumerate(bodies)
    ]
    assert [(one.task, one.failures) for one in claims] == [("tidy", 0)] * 3 + [("tidy", 2 * odd), ("other", 0)]
    assert worker.ask_again(9).claims == tuple(claims)
