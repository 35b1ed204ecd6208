"""An idle worker waits with its claim: what ends the wait brings the jobs.

A real worker but for its slots, which is stepped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
import redis

from qctl.classes import replace
from qctl.clock import asleep
from qctl.config import Config
from qctl.engine.processes.frames import Frame
from qctl.engine.processes.plan import PoolPlan
from qctl.errors import RedisUnreachable
from qctl.model.call import Call
from qctl.model.state import State
from qctl.store import Reading, Store, open_store
from qctl.store.link import Link
from tests.bench.scale import workers
from tests.bench.scale.light_pool import LightPool
from tests.bench.scale.workers import TASK, Fleet
from tests.support import PrivateRedis
from tests.support.proxy import Proxy
from tests.support.store_seed import a_job, submit

BODY = Call(task=TASK).encode()
LONG = 100.0  #: seconds, which no test waits for: what happens in one does not happen because time has passed


class Worker:
    """The one worker of a test, and what its slots have begun."""

    def __init__(self, fleet: Fleet, begun: list[tuple[str, int]], client: redis.Redis) -> None:
        self.fleet, self.begun, self._client = fleet, begun, client
        (self.simulated,) = fleet.workers.values()
        self.parts = self.simulated._parts

    @property
    def waits(self) -> bool:
        """Whether a claim stands behind its wait, and the server has got both."""
        return self.parts.claiming.stands and self._client.info("clients")["blocked_clients"] == 1

    def until(self, reached: Callable[[], object], within: float = 20.0) -> None:
        """Let it work until something is so."""
        deadline = time.monotonic() + within
        while not reached():
            assert time.monotonic() < deadline
            self.fleet.step(0.02)

    def go(self) -> None:
        """Tell it to go, as a signal does, which wakes it."""
        self.simulated.leave()
        self.simulated.step()

    def until_it_waits(self) -> None:
        self.until(lambda: self.waits)


@contextmanager
def working(url: str, namespace: str, client: redis.Redis, config: Config = workers.CONFIG) -> Iterator[Worker]:
    begun: list[tuple[str, int]] = []

    class Slots(LightPool):
        def __init__(self, plan: PoolPlan) -> None:
            super().__init__(plan)

        def begun(self, frame: Frame) -> None:
            begun.append(frame.key)

    with (
        mock.patch("qctl.engine.crew.Pool", Slots),
        mock.patch.object(workers, "CONFIG", config),
        mock.patch("qctl.engine.claiming.LOOK", LONG),
        mock.patch("qctl.engine.attention.LOOK", 1.0),
        mock.patch("qctl.engine.listener.BLOCKED", LONG),
    ):
        fleet = Fleet(url, namespace, 1, 0, 2)
        try:
            yield Worker(fleet, begun, client)
            fleet.leave()
        finally:
            fleet.close()


@pytest.fixture
def worker(redis_url: str, namespace: str, redis_client: redis.Redis) -> Iterator[Worker]:
    with working(redis_url, namespace, redis_client) as found:
        found.until_it_waits()
        yield found


def test_a_job_is_begun_without_another_word_of_the_worker(worker: Worker, store: Store) -> None:
    """One round trip brings the token and the job: the worker is woken once, and has asked for nothing since."""
    sent = 0
    send = Link.send

    def counted(link: Link, commands: object) -> None:
        nonlocal sent
        sent += not worker.begun
        send(link, commands)  # type: ignore[arg-type]

    with mock.patch.object(Link, "send", counted):
        submit(store, a_job("one", TASK, BODY))
        worker.until(lambda: worker.begun)
    assert worker.begun == [("one", 1)]
    assert sent == 0


def test_it_waits_again_while_a_slot_is_free_and_when_its_job_is_over(worker: Worker, store: Store) -> None:
    for number in range(3):
        submit(store, a_job(f"j{number}", TASK, BODY))
        worker.until(lambda number=number: len(worker.begun) == number + 1)  # type: ignore[misc]
        worker.until_it_waits()
    read = Reading(store)
    worker.until(lambda: all(read.job(f"j{number}").state is State.ENDED for number in range(3)))
    assert worker.waits


def test_of_many_jobs_at_once_each_is_begun_once(worker: Worker, store: Store) -> None:
    """More than the claim has asked for: what is left is asked for at once."""
    submit(store, *(a_job(f"j{number}", TASK, BODY) for number in range(30)))
    worker.until(lambda: len(worker.begun) == 30)
    assert len(set(worker.begun)) == 30
    worker.until_it_waits()


@pytest.mark.parametrize("after", [0, 1, 60])
def test_jobs_whose_answer_was_lost_are_asked_for_again(
    redis_server: PrivateRedis, redis_url: str, namespace: str, redis_client: redis.Redis, store: Store, after: int
) -> None:
    """Faults 47 and 48: the connection breaks while the answer to the wait and the claim is on its way."""
    proxy = Proxy(redis_server.socket)
    with working(proxy.url, namespace, redis_client) as worker:
        worker.until_it_waits()
        # What waits was sent before: this meets the wait that follows on the first job.
        proxy.cut(b"BLPOP", after=after)
        submit(store, a_job("first", TASK, BODY))
        worker.until(lambda: len(worker.begun) == 1)
        worker.until_it_waits()
        submit(store, a_job("second", TASK, BODY))
        worker.until(lambda: len(worker.begun) == 2)
        assert proxy.cuts_made == 1
        assert worker.begun == [("first", 1), ("second", 1)], "under the same fence: it was claimed once"
        worker.until_it_waits()
    proxy.close()


def test_a_wait_that_the_server_goes_on_with_for_nobody_costs_a_job_a_moment(
    worker: Worker, store: Store, redis_client: redis.Redis
) -> None:
    """Fault 47: the worker was told that its connection is over, and the server was not. It claims for nobody."""
    know_the_queue(worker, store)
    worker.parts.station.lease._due = time.monotonic() + LONG  # no heartbeat but for this
    line = worker.parts.attention._line
    number = line.fileno()
    assert number is not None
    forgotten = os.dup(number)  # the server does not hear that the worker has let go of it
    try:
        line.leave(RedisUnreachable("", url="", reason="a test"), time.monotonic())
        worker.until(lambda: worker.parts.claiming.stands and blocked(redis_client) == 2)
        submit(store, a_job("one", TASK, BODY))
        worker.until(lambda: worker.begun)
        assert worker.begun == [("one", 2)], "the first claim was for nobody, and was given back by a heartbeat"
    finally:
        os.close(forgotten)


def know_the_queue(worker: Worker, store: Store) -> None:
    """A worker of every queue learns of each by its first job."""
    submit(store, a_job("before", TASK, BODY))
    worker.until(lambda: worker.begun)
    worker.begun.clear()
    worker.until(lambda: worker.waits and worker.parts.attention.listener.listens(("default",)))


def blocked(client: redis.Redis) -> int:
    found: int = client.info("clients")["blocked_clients"]
    return found


def test_a_worker_that_is_told_to_go_ends_its_wait(worker: Worker) -> None:
    worker.go()
    worker.until(lambda: worker.simulated.gone)


def test_what_comes_after_it_was_told_to_go_is_given_back(worker: Worker, store: Store) -> None:
    """The claim stood already, and the server has carried it out."""
    worker.simulated.leave()  # and before it has said so
    submit(store, a_job("one", TASK, BODY))
    worker.simulated.step()
    worker.until(lambda: worker.simulated.gone)
    job = Reading(store).job("one")
    assert worker.begun == []
    assert (job.state, job.crashes, job.losses, job.failures) == (State.QUEUED, 0, 0, 0)


def test_a_worker_that_drains_takes_nothing_until_it_is_resumed(worker: Worker, store: Store) -> None:
    shutdown = worker.parts.station.shutdown
    shutdown.commanded("drain")
    worker.simulated.step()
    worker.until(lambda: not worker.parts.claiming.under_way)
    submit(store, a_job("one", TASK, BODY))
    worker.until(lambda: worker.parts.attention.listener.armed)
    assert worker.begun == []
    shutdown.commanded("resume")
    worker.simulated.step()
    worker.until(lambda: worker.begun)


def test_a_worker_that_was_forgotten_meanwhile_takes_the_job_under_a_new_id(
    worker: Worker, store: Store, redis_client: redis.Redis
) -> None:
    """Fault 33: what stands is a claim of a worker that nobody knows any more."""
    know_the_queue(worker, store)
    before = worker.parts.station.worker
    redis_client.flushall()
    submit(store, a_job("one", TASK, BODY))
    worker.until(lambda: worker.begun)
    assert worker.parts.station.worker != before
    assert worker.begun == [("one", 1)]


def test_jobs_that_come_after_the_lease_has_passed_are_not_begun(worker: Worker, store: Store) -> None:
    """Faults 9, 50 and 60: the answer has lain on the socket while the machine slept, and others may have the job."""
    lease = worker.parts.station.lease
    submit(store, a_job("one", TASK, BODY))
    with mock.patch("qctl.clock.asleep", return_value=asleep() + 3600.0):
        worker.until(lambda: ("one", 1) in worker.parts.station.claims or worker.begun)
        assert worker.begun == []
        worker.until(lambda: worker.begun)
        assert lease.trusted(time.monotonic()), "it was begun once a heartbeat had said that it is ours"


def test_a_paused_queue_gives_nothing_until_it_is_resumed(worker: Worker, store: Store) -> None:
    store.do(store.verbs.pause(["default"], {}, None))
    asked = worker.parts.claiming._number
    submit(store, a_job("one", TASK, BODY))
    worker.until(lambda: worker.parts.claiming._number > asked and worker.waits)
    assert worker.begun == []
    store.do(store.verbs.resume(["default"]))
    worker.until(lambda: worker.begun)


def test_a_rate_lets_jobs_begin_as_they_may(redis_url: str, namespace: str, redis_client: redis.Redis) -> None:
    """Nobody calls when a window has passed: the worker knows when that is."""
    task = replace(workers.CONFIG.tasks[TASK], rate_limit="2/s")
    store = open_store(redis_url, namespace)
    with working(redis_url, namespace, redis_client, replace(workers.CONFIG, tasks={TASK: task})) as worker:
        worker.until_it_waits()
        submit(store, *(a_job(f"j{number}", TASK, BODY) for number in range(4)))
        worker.until(lambda: len(worker.begun) == 4)
        worker.until_it_waits()
    starts = sorted(Reading(store).job(f"j{number}").started_ms or 0 for number in range(4))
    store.close()
    assert min(later - first for first, later in zip(starts, starts[2:], strict=False)) >= 1000


def test_an_order_ends_the_wait(worker: Worker, store: Store) -> None:
    """A worker that waits is asked for a heartbeat, and sends it at once."""
    sent = worker.parts.station.lease.next_due()
    store.do(store.verbs.poke(worker.parts.station.worker))
    worker.until(lambda: worker.parts.station.lease.next_due() != sent)
    worker.until_it_waits()


def test_a_wait_that_is_refused_is_not_tried_again_at_once(
    worker: Worker, store: Store, redis_client: redis.Redis
) -> None:
    """Somebody has written something else where its messages stand: the worker does not ask without a pause."""
    know_the_queue(worker, store)
    inbox = store.keys.inbox(worker.parts.station.worker)
    redis_client.set(inbox, "x")
    before = waits_sent(redis_client)
    with mock.patch("qctl.engine.listener.PAUSE", LONG):
        redis_client.rpush(store.keys.wake("default"), "1")
        worker.until(lambda: waits_sent(redis_client) > before and not worker.parts.attention.listener.armed)
        for _ in range(5):
            worker.simulated.step()
        assert waits_sent(redis_client) == before + 1
    redis_client.delete(inbox)


def waits_sent(client: redis.Redis) -> int:
    found: int = client.info("commandstats")["cmdstat_blpop"]["calls"]
    return found
