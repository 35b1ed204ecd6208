"""What a job costs Redis on its way, in commands: what can be said once for a whole batch is said once."""

from __future__ import annotations

from collections.abc import Callable

import redis

from qctl.model.attempt import Value, ValueKind
from qctl.store import Store
from qctl.store.values import Settlement
from tests.support.store_seed import SeedWorker, a_job, a_record, make_due, submit

JOBS = 100


def commands(client: redis.Redis, act: Callable[[], object]) -> int:
    """How many commands a script gives, besides its own call, when `act` is carried out."""
    client.config_resetstat()
    act()
    stats = client.info("commandstats")
    ours = {name.removeprefix("cmdstat_"): said["calls"] for name, said in stats.items()}
    return sum(calls for name, calls in ours.items() if name not in ("evalsha", "eval", "info", "config|resetstat"))


def test_a_claim_reads_each_job_and_marks_it_and_a_settlement_reads_each_and_writes_their_ends_at_once(
    store: Store, redis_client: redis.Redis
) -> None:
    worker = SeedWorker(store).register()
    submit(store, *(a_job(f"warm{n}") for n in range(2)))
    worker.claim(2)
    submit(store, *(a_job(f"j{n:03}") for n in range(JOBS)))
    claimed: list[Settlement] = []

    def claim() -> None:
        claims = worker.claim(JOBS)
        value = Value(ValueKind.JSON, b"1")
        claimed.extend(Settlement(id=c.id, fence=c.fence, record=a_record(), value=value) for c in claims)

    claiming = commands(redis_client, claim)
    settling = commands(redis_client, lambda: store.do(store.verbs.complete(worker.id, claimed)))

    assert len(claimed) == JOBS
    assert claiming <= 2 * JOBS + 23
    assert settling <= JOBS + 13


def test_what_is_due_is_read_and_marked_job_by_job_and_enters_its_queue_at_once(
    store: Store, redis_client: redis.Redis
) -> None:
    """While jobs are promoted, everybody's claims wait (fault 61)."""
    ids = [f"j{n:03}" for n in range(JOBS)]
    submit(store, *(a_job(id_, delay_ms=60_000) for id_ in ids))
    make_due(store, *ids)

    promoting = commands(redis_client, lambda: store.do(store.verbs.promote()))

    assert promoting <= 3 * JOBS + 40
