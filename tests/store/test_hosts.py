"""Jobs for one host alone: they wait in a part of the queue that only workers of that host read."""

from __future__ import annotations

import pytest

from qctl.store import EVERY, Store
from qctl.store.taken import Taken
from tests.support.store_seed import SeedWorker, a_job, submit


def claimed(worker: SeedWorker, host: str, want: int = 9) -> list[str]:
    """What a worker of a host that reads every queue is given."""
    worker.turn += 1
    command = worker.store.verbs.claim(worker.id, worker.turn, want, EVERY, host=host)
    return sorted(claim.id for claim in worker.store.do(command).claims)


def test_who_reads_every_queue_leaves_the_parts_of_other_hosts_alone(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    submit(store, a_job("one", queue="default@web1"), a_job("two", queue="default@web2"), a_job("any"))

    assert claimed(worker, "web1") == ["any", "one"]
    assert claimed(other_worker, "web3") == []
    assert claimed(other_worker, "web2") == ["two"]


def test_the_parts_of_a_queue_share_its_limits_and_its_pause(
    store: Store, worker: SeedWorker, other_worker: SeedWorker
) -> None:
    worker.register(queue_default={"running": 1, "length": 2})
    taken = [one.taken for one in submit(store, *(a_job(f"a{n}", queue="default@web1") for n in range(3)))]
    assert taken == [Taken.NEW, Taken.NEW, Taken.FULL]
    submit(store, a_job("any"))

    assert len(claimed(worker, "web1")) == 1
    assert claimed(other_worker, "web1") == [], "the queue as a whole is at its limit"

    store.do(store.verbs.pause(["default"], {}, None))
    assert claimed(other_worker, "web1") == []


@pytest.mark.parametrize("queue", ["default@web1", "default"])
def test_an_idle_worker_is_woken_where_a_paused_queue_goes_on(store: Store, worker: SeedWorker, queue: str) -> None:
    submit(store, a_job("one", queue=queue))
    store.do(store.verbs.pause(["default"], {}, None))
    claimed(worker, "web1")

    store.do(store.verbs.resume(["default"]))

    assert claimed(worker, "web1") == ["one"]
