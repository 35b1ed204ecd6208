"""However jobs that take the long way and others stand among each other, each is handed over once, in its place."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qctl.store import open_store
from tests.support.mutations.altering import InScript, without
from tests.support.store_seed import SeedWorker, a_job, submit

Fields = dict[str, str]

#: So few that a few jobs are a stretch.
FEW: Final = InScript("_claiming", "STRETCH = 64", "STRETCH = 3")
#: Fields that are put into a record by hand: of a plain job, of one that was tried before, and of some that never run.
PLAIN: Fields = {}
TRIED: Fields = {"x": "1", "n": "1", "f": "4"}
OVER: Fields = {"ex": "1"}
LOST: Fields = {"s": "waiting"}
_numbers = count()


@given(
    kinds=st.lists(st.sampled_from((*[PLAIN] * 8, TRIED, OVER, LOST)), min_size=10, max_size=30),
    wants=st.lists(st.sampled_from((1, 5, 12, 20)), min_size=1, max_size=5),
    others=st.sampled_from((0, 0, 0, 3)),
)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_each_is_claimed_once_and_in_its_order(
    redis_url: str, redis_client: redis.Redis, kinds: list[Fields], wants: list[int], others: int
) -> None:
    store = open_store(redis_url, f"mixed{next(_numbers)}")
    try:
        with without([FEW]):
            worker = SeedWorker(store).register()
            jobs = [a_job(f"j{number:02}") for number in range(len(kinds))]
            aside = [a_job(f"o{number:02}", queue="other") for number in range(others)]
            submit(store, *jobs, *aside)
            for job, fields in zip(jobs, kinds, strict=True):
                for name, value in fields.items():
                    redis_client.hset(store.keys.job(job.id), name, value)

            claimed: list[tuple[str, int]] = []
            for turn in range(2 * len(kinds) + others + 2):
                answer = worker.ask(wants[turn % len(wants)])
                assert worker.ask_again(20).claims == answer.claims
                claimed += [(claim.id, claim.fence) for claim in answer.claims]

            runnable = [
                (job.id, 5 if kind is TRIED else 1)
                for job, kind in zip(jobs, kinds, strict=True)
                if kind in (PLAIN, TRIED)
            ]
            assert [one for one in claimed if one[0][0] == "j"] == runnable
            assert [one for one in claimed if one[0][0] == "o"] == [(job.id, 1) for job in aside]
            assert not answer.more
            owned: Any = redis_client.hgetall(store.keys.running(worker.id))
            assert {id_.decode(): int(fence) for id_, fence in owned.items()} == dict(claimed)
    finally:
        for key in redis_client.scan_iter(f"{store.keys.prefix}*"):
            redis_client.delete(key)
        store.close()
