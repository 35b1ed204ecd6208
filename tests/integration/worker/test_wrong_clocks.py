"""Clocks that are wrong or jump, and a machine that slept (faults by number). Time is what the server says it is."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pytest

from qctl.model.state import Outcome, State
from qctl.store import ScheduleReading
from tests.integration.worker.hands import Hands
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import PrivateRedis, eventually
from tests.support.faked_server import FakedServer, faketime_library
from tests.support.processes import children

TASKS = f"""
[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.open" ]; do sleep 0.02; done'''
on_lost_lease = "continue"
[tasks.marked]
run = '''{MARK}'''
[tasks.long]
run = '''{MARK}; sleep 60'''
timeout = "1s"
on_lost_lease = "continue"
grace = "200ms"
"""


def wrong_by(offset: str) -> dict[str, str]:
    """The environment of a process whose wall clock is wrong, and whose monotonic one is right."""
    return {"LD_PRELOAD": faketime_library(), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} | {
        "DONT_FAKE_MONOTONIC": "1"
    }


def test_the_wrong_clocks_of_workers_hosts_change_nothing(shop: Workshop) -> None:
    """Fault 57: leases and due times go by the server's clock, limits by the monotonic one."""
    shop.declare(TASKS)
    offsets = {"hour-ahead": "+3600s", "hour-behind": "-3600s", "decade-ahead": "+3650d"}
    workers = [shop.worker(lease=1.0, queues=name, environment=wrong_by(by)) for name, by in offsets.items()]
    workers.append(shop.worker(lease=1.0, queues="none"))  # a right one: it would give back what it takes for lost
    gated = [shop.submit("gated", queue=name) for name in offsets]
    long = [shop.submit("long", queue=name) for name in offsets]
    for id_ in gated + long:
        shop.running(id_)
    later = [shop.submit("marked", queue=name, delay_ms=1000) for name in offsets]

    for id_ in long:
        job = shop.ended(id_)
        assert (job.outcome, job.losses) == (Outcome.TIMEOUT, 0)
        assert job.last is not None
        assert 1000 <= job.last.ended_ms - job.last.started_ms < 5000
        assert abs(job.last.started_ms - job.enqueued_ms) < 30_000, "it is written down in the server's time"
    for id_ in later:
        job = shop.ended(id_)
        assert job.last is not None
        assert job.eta_ms is not None
        assert job.last.started_ms >= job.eta_ms
    Path(f"{shop.record}.open").touch()
    for id_ in gated:  # these ran for longer than a lease
        assert (shop.ended(id_).losses, shop.runs()[id_]) == (0, 1)
    for worker in workers:
        assert not worker.records("renew") + worker.records("lost") + worker.records("reclaim")


@pytest.fixture
def faked() -> Iterator[FakedServer]:
    """A server whose clock is right at first."""
    server = FakedServer("--appendonly", "yes")
    server.start()
    yield server
    server.remove()


@pytest.mark.nightly
@pytest.mark.parametrize("hours", [1, -1])
def test_a_jump_of_the_servers_clock_takes_nobody_for_dead(tmp_path: Path, faked: FakedServer, hours: int) -> None:
    """Fault 58: the counters of heartbeats are compared on the monotonic clock, so there is no burst to hold back."""
    shop = Workshop(tmp_path, faked.url, "jump")
    try:
        shop.declare(TASKS)
        workers = [shop.ready_worker(lease=2.0), shop.ready_worker(lease=2.0)]
        gated = [shop.submit("gated"), shop.submit("gated")]
        for id_ in gated:
            shop.running(id_)
        faked.shift(timedelta(hours=hours))
        jumped = shop.read.now_ms()
        assert abs(jumped - datetime.now(UTC).timestamp() * 1000 - hours * 3_600_000) < 60_000
        beats = {worker.label: worker.beat for worker in shop.read.workers()}

        def each_beats_on() -> bool:
            return all(worker.beat > beats[worker.label] + 8 for worker in shop.read.workers())  # two leases

        eventually(each_beats_on, within=20.0)
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
        assert shop.ended(shop.submit("marked", delay_ms=500)).outcome is Outcome.SUCCEEDED
        digests = [str(worker.about["catalog"]) for worker in shop.read.workers()]
        eventually(lambda: all("marked" in shop.read.catalogs(digests).get(digest, {}) for digest in digests))
        Path(f"{shop.record}.open").touch()
        for id_ in gated:
            assert (shop.ended(id_).losses, shop.runs()[id_]) == (0, 1)
        for worker in workers:
            assert not worker.records("renew") + worker.records("lost") + worker.records("reclaim")
    finally:
        shop.close()


@pytest.mark.nightly
def test_a_clock_that_is_set_back_keeps_no_job_waiting_for_its_next_try(tmp_path: Path, faked: FakedServer) -> None:
    """Fault 58: a backoff is a duration, and no time of day."""
    shop = Workshop(tmp_path, faked.url, "tries")
    try:
        again = """run = '[ "$QCTL_ATTEMPT" = 2 ]'\nretries = 1\nbackoff = "4s"\njitter = false\n"""
        shop.declare(f"[tasks.again]\n{again}")
        shop.ready_worker(lease=2.0)
        id_ = shop.submit("again")
        eventually(lambda: shop.read.job(id_).state is State.SCHEDULED)
        faked.shift(timedelta(hours=-1))

        job = shop.ended(id_, within=30.0)

        assert (job.outcome, job.attempt) == (Outcome.SUCCEEDED, 2)
    finally:
        shop.close()


def test_a_heartbeat_that_was_answered_before_a_suspension_does_not_set_the_servers_clock_back(
    redis_url: str, namespace: str
) -> None:
    """Fault 60: the answer has lain in the socket for an hour, in which this worker's clock stood still."""
    hands = Hands(redis_url, namespace)
    try:
        hands.beat()
        known = hands.station.time.at(hands.now)
        hands.station.lease.begin(hands.now)
        hands.heartbeat.run_once(hands.now)
        hands.pass_time(0.05)
        with mock.patch.object(hands.station.slumber, "look", return_value=3600.0):
            hands.station.notice_slumber()

        hands.hear()

        assert abs(hands.station.time.at(hands.now) - known - 3_600_000) < 60_000
    finally:
        hands.close()


@pytest.fixture
def own_redis() -> Iterator[PrivateRedis]:
    server = PrivateRedis(None, "--appendonly", "yes").start()
    yield server
    server.remove()


def everything_below(pid: int) -> list[int]:
    return [pid, *(each for child in children(pid) for each in everything_below(child.pid))]


def sleep_through(pids: list[int], seconds: float) -> None:
    """Stop all of them for a while, as a machine does that is closed."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > end, within=seconds + 30, every=0.5)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.nightly
def test_a_machine_that_slept_for_five_leases_loses_no_job_and_keeps_to_catch_up(
    tmp_path: Path, own_redis: PrivateRedis
) -> None:
    """Fault 60: everything stands still, the server too; of what came due meanwhile each schedule's policy decides."""
    shop = Workshop(tmp_path, own_redis.url, "slept")
    try:
        schedules = "".join(
            f"[tasks.{name}]\nrun = 'true'\n"
            f"schedule = {{ cron = '*/10 * * * * *', overlap = 'allow', catchup = '{name}' }}\n"
            for name in ("none", "one", "all")
        )
        shop.declare(TASKS + schedules)
        workers = [shop.ready_worker(lease=15.0, beat=True), shop.ready_worker(lease=15.0)]
        gated, long = shop.submit("gated"), shop.submit("long")
        for id_ in (gated, long):
            shop.running(id_)
        later = shop.submit("marked", delay_ms=20_000)
        read = ScheduleReading(shop.store)
        eventually(lambda: read.ledger("all", 10), within=25.0)

        sleep_through([own_redis.pid, *(pid for worker in workers for pid in everything_below(worker.pid))], 75.0)

        for id_ in (long, later):
            assert shop.ended(id_).state is State.ENDED
        Path(f"{shop.record}.open").touch()
        assert (shop.ended(gated).losses, shop.ended(gated).outcome) == (0, Outcome.SUCCEEDED)
        assert set(shop.runs().values()) == {1}
        rows = {name: sorted(read.ledger(name, 1000), key=lambda row: row.at_ms) for name in ("none", "one", "all")}
        for name, ledger in rows.items():
            instants = [row.at_ms for row in ledger]
            assert len(instants) == len(set(instants)), name
        assert "missed" in {row.end.value for row in rows["none"]}
        assert "merged" in {row.end.value for row in rows["one"]}
        fired = [row.at_ms for row in rows["all"] if row.end.value == "fired"]
        assert {second - first for first, second in pairwise(fired)} == {10_000}
        for worker in workers:
            assert worker.process.poll() is None
            assert not worker.records("lost") + worker.records("reclaim")
    finally:
        shop.close()
