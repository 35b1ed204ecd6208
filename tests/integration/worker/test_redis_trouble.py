"""Redis dies, forgets, falls silent, or its replies are lost (faults by number)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from qctl.model.state import Outcome, State
from qctl.store import eviction
from qctl.store.command import script
from tests.integration.embedded import append_only_file
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import PrivateRedis, eventually
from tests.support.invariants import must_be_whole_at
from tests.support.proxy import Proxy

MARKED = f"[tasks.marked]\nrun = '''{MARK}'''\n"
FAILS = f"[tasks.fails]\nrun = '''{MARK}; exit 1'''\nretries = 1\nbackoff = \"50ms\"\njitter = false\n"
GATED = f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done; echo done'''\n"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    """A Redis that a test may kill: what it has acknowledged is in its append-only file."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    yield server
    must_be_whole_at(server.socket)
    server.remove()


@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_reply_to_a_claim_loses_no_job_and_runs_none_twice(proxy: Proxy, shop: Workshop, times: int) -> None:
    """Fault 47: the same turn is asked again and answered with the same jobs."""
    shop.declare(MARKED)
    proxy.cut(script("claim").sha, times)
    ids = shop.submit_many("marked", 20)

    worker = shop.worker(redis=proxy.url, until_empty=True)
    worker.wait()

    assert proxy.cuts_made == times
    assert not worker.records("release")
    assert shop.runs() == dict.fromkeys(ids, 1)
    assert all(job.outcome is Outcome.SUCCEEDED and job.losses == 0 for job in shop.read.jobs(ids))


@pytest.mark.parametrize("verb", ["complete", "retry", "bury"])
def test_a_lost_reply_to_a_settlement_counts_it_once(proxy: Proxy, shop: Workshop, verb: str) -> None:
    """Fault 48: told again, it is ALREADY so."""
    shop.declare(MARKED + FAILS)
    good, bad = shop.submit("marked"), shop.submit("fails")
    proxy.cut(script(verb).sha, 2)

    shop.worker(redis=proxy.url)

    done, failed = shop.ended(good), shop.ended(bad)
    eventually(lambda: proxy.cuts_made == 2)
    assert (done.outcome, len(done.attempts)) == (Outcome.SUCCEEDED, 1)
    assert (failed.outcome, failed.failures, len(failed.attempts)) == (Outcome.FAILED, 2, 2)
    assert shop.runs() == {good: 1, bad: 2}
    eventually(lambda: shop.owned() == 0)


def test_a_job_that_the_store_believes_to_be_here_and_nobody_has_is_given_back_uncharged(shop: Workshop) -> None:
    """Fault 47's second net: the comparison at each heartbeat."""
    shop.declare(MARKED)
    worker = shop.ready_worker(lease=2.0)
    (known,) = eventually(shop.read.workers)
    shop.store.do(shop.store.verbs.command_worker(known.id, "drain"))
    eventually(lambda: shop.read.workers()[0].about["phase"] == "draining")
    id_, numbers = shop.submit("marked"), count(1_000_000)

    def claimed() -> bool:
        """A claim of its own that still stood in line may have it before, and give it back."""
        answer = shop.store.do(shop.store.verbs.claim(known.id, next(numbers), 1))
        return [claim.id for claim in answer.claims] == [id_]

    eventually(claimed)
    eventually(lambda: shop.read.job(id_).state is State.QUEUED)
    job = shop.read.job(id_)
    assert (job.attempt, job.failures, job.crashes, job.losses) == (0, 0, 0, 0)
    assert worker.records("release")


def test_a_lost_heartbeat_is_sent_again(proxy: Proxy, shop: Workshop) -> None:
    shop.declare(MARKED)
    worker = shop.ready_worker(redis=proxy.url, lease=2.0)
    proxy.cut(script("heartbeat").sha, 2)

    eventually(lambda: proxy.cuts_made == 2)
    eventually(lambda: shop.read.workers()[0].beat >= 6)

    assert not worker.records("renew")
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED


def test_a_job_that_runs_through_a_short_outage_is_settled_after_it(proxy: Proxy, shop: Workshop) -> None:
    shop.declare(GATED)
    id_ = shop.submit("gated")
    worker = shop.ready_worker(redis=proxy.url)
    shop.running(id_)

    proxy.refuse(True)
    worker.says("redis_gone")
    Path(f"{shop.record}.open").touch()
    proxy.refuse(False)

    assert shop.ended(id_).outcome is Outcome.SUCCEEDED
    assert shop.runs()[id_] == 1
    assert len(worker.records("redis_gone")) == 1


def test_a_silent_shared_redis_ends_trust_and_the_jobs_unless_a_task_goes_on(proxy: Proxy, shop: Workshop) -> None:
    """Fault 50: the worker stops trusting before its lease is over; `on_lost_lease` says what becomes of the jobs."""
    shop.declare(
        f"[tasks.stops]\nrun = '''{MARK}; sleep 60'''\n"
        f"[tasks.stays]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n"
        'on_lost_lease = "continue"\n'
    )
    stops, stays = shop.submit("stops"), shop.submit("stays")
    worker = shop.ready_worker(redis=proxy.url, lease=1.0)
    shop.running(stops)
    shop.running(stays)

    proxy.silence(True)
    worker.says("silence")
    eventually(lambda: [r for r in worker.records("release") if r.get("job") == stops])
    proxy.refuse(True)
    proxy.silence(False)
    proxy.refuse(False)
    Path(f"{shop.record}.open").touch()

    assert shop.ended(stays).outcome is Outcome.SUCCEEDED
    eventually(lambda: shop.runs()[stops] == 2)
    assert shop.runs()[stays] == 1


def test_a_killed_redis_loses_nothing_and_running_jobs_go_on(tmp_path: Path, own_redis: PrivateRedis) -> None:
    """Fault 31: what had ended while it was away is told when it is back."""
    shop = Workshop(tmp_path, own_redis.url, "killed")
    try:
        shop.declare(GATED + MARKED)
        gated = shop.submit("gated")
        worker = shop.ready_worker()
        shop.running(gated)
        later = shop.submit("marked", delay_ms=300)

        own_redis.kill()
        worker.says("redis_gone")
        Path(f"{shop.record}.open").touch()
        own_redis.start()

        shop.store.close()
        assert shop.ended(gated).outcome is Outcome.SUCCEEDED
        assert shop.ended(later).outcome is Outcome.SUCCEEDED
        assert shop.runs() == {gated: 1, later: 1}
    finally:
        shop.close()


def test_a_worker_that_holds_nothing_does_not_wait_for_a_redis_that_is_away(
    tmp_path: Path, own_redis: PrivateRedis
) -> None:
    """Of the claim that it had sent it knows no answer: what it was given by that would be given back by its lease."""
    shop = Workshop(tmp_path, own_redis.url, "away")
    try:
        shop.declare(MARKED)
        worker = shop.ready_worker()
        own_redis.kill()
        worker.says("redis_gone")

        worker.signal(signal.SIGTERM)

        assert worker.wait() == 0
        assert not worker.records("away")
        assert not worker.records("give_up")
    finally:
        shop.close()


def test_a_worker_that_has_an_end_to_tell_waits_for_a_redis_that_is_away_and_says_so(
    tmp_path: Path, own_redis: PrivateRedis
) -> None:
    shop = Workshop(tmp_path, own_redis.url, "away")
    try:
        shop.declare(GATED)
        worker = shop.ready_worker()
        id_ = shop.submit("gated")
        shop.running(id_)
        own_redis.kill()
        worker.says("redis_gone")

        worker.signal(signal.SIGTERM)
        assert "a second signal gives that up" in worker.says("away")["message"]
        Path(f"{shop.record}.open").touch()

        own_redis.start()
        shop.store.close()
        assert worker.wait() == 0
        assert shop.ended(id_).outcome is Outcome.SUCCEEDED
        assert shop.runs() == {id_: 1}
    finally:
        shop.close()


def test_an_end_that_was_cut_off_the_append_only_file_is_told_again_by_a_second_run(
    tmp_path: Path, own_redis: PrivateRedis
) -> None:
    """Fault 33: what is lost of the record is that it ended, and never the job."""
    shop = Workshop(tmp_path, own_redis.url, "cut")
    try:
        shop.declare(MARKED)
        worker = shop.ready_worker(lease=2.0)
        id_ = shop.submit("marked")
        assert shop.ended(id_).outcome is Outcome.SUCCEEDED
        shop.ended(shop.submit("marked"))  # by then the worker knows that the first end stands
        own_redis.kill()
        file = append_only_file(own_redis.folder)
        whole = file.read_bytes()
        file.write_bytes(whole[: whole.rindex(shop.store.keys.job(id_).encode())])  # in the record of its end
        own_redis.start()
        shop.store.close()

        eventually(lambda: shop.runs()[id_] == 2, within=15.0)
        job = shop.ended(id_)
        assert (job.outcome, job.failures, job.crashes, job.losses) == (Outcome.SUCCEEDED, 0, 0, 0)
        assert worker.records("release")
    finally:
        shop.close()


def test_an_emptied_redis_is_said_aloud_and_the_worker_begins_anew(shop: Workshop) -> None:
    """Fault 36: nothing is finished into nothing."""
    shop.declare(f"[tasks.sleeps]\nrun = '''{MARK}; sleep 60'''\n" + MARKED)
    id_ = shop.submit("sleeps")
    worker = shop.ready_worker(lease=2.0)
    shop.running(id_)

    shop.redis("FLUSHALL")

    assert "emptied" in worker.says("renew")["message"]
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED
    assert shop.read.jobs([id_]) == []
    (known,) = shop.read.workers()
    assert 0 <= shop.read.now_ms() - known.about["forgotten_ms"] < 60_000


def test_a_flushed_script_cache_is_invisible(shop: Workshop) -> None:
    """Fault 37."""
    shop.declare(MARKED)
    shop.ready_worker()

    for _ in range(3):
        shop.redis("SCRIPT", "FLUSH")
        assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED


def test_a_full_redis_drains(shop: Workshop) -> None:
    """Fault 40: at maxmemory claims and settlements go on; only submits are refused."""
    shop.declare(MARKED)
    ids = shop.submit_many("marked", 20)
    try:
        shop.redis("CONFIG", "SET", "maxmemory", 1)
        shop.worker()
        eventually(lambda: len(shop.runs()) == 20, within=15.0)
        shop.eventually(lambda: shop.owned() == 0)
    finally:
        shop.redis("CONFIG", "SET", "maxmemory", 0)

    assert all(job.state is State.ENDED for job in shop.read.jobs(ids))


def test_a_redis_that_is_not_there_at_the_start_ends_the_worker_with_69(shop: Workshop) -> None:
    shop.declare(MARKED)

    worker = shop.worker(redis="unix:///nowhere/redis.sock")

    assert worker.wait() == 69
    assert worker.log.splitlines()[-1].count("cannot reach Redis") == 1


def test_a_redis_that_would_drop_jobs_is_told_of_by_worker_and_status(tmp_path: Path) -> None:
    """Fault 41: on a shared Redis loudly; the embedded one is never set so."""
    server = PrivateRedis(None, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru").start()
    shop = Workshop(tmp_path, server.url, "evicting")
    try:
        shop.declare(MARKED)
        said = shop.ready_worker().says("eviction")
        assert (said["level"], "maxmemory-policy is allkeys-lru" in said["message"]) == ("error", True)
        assert eviction(shop.read.info()) == "allkeys-lru"
        shop.redis("CONFIG", "SET", "maxmemory-policy", "noeviction")
        assert eviction(shop.read.info()) == ""
    finally:
        shop.close()
        server.remove()
