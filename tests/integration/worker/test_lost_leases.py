"""Workers that were silent for too long, or died unseen, and what becomes of their jobs (faults by number)."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually, written
from tests.support.processes import is_alive

LEASE = 3.0  #: seconds: a worker keeps it where it gets no core for a while


def test_a_worker_that_was_stopped_past_its_lease_discards_what_others_ran_meanwhile(shop: Workshop) -> None:
    """Fault 9: it wakes, looks at its own clock first, and its late finish changes nothing."""
    shop.declare(f"[tasks.once]\nrun = '''{MARK}; [ $QCTL_ATTEMPT -gt 1 ] || sleep 60; echo $QCTL_ATTEMPT'''\n")
    id_ = shop.submit("once")
    first = shop.ready_worker(lease=LEASE)
    shop.running(id_)
    shop.ready_worker(lease=LEASE)

    first.signal(signal.SIGSTOP)
    job = shop.ended(id_)
    first.signal(signal.SIGCONT)

    first.says("lost")
    assert "was not heard of for" in first.says("renew")["message"]  # and not: was Redis emptied?
    eventually(lambda: len([w for w in shop.read.workers() if not w.condemned]) == 2)
    assert shop.read.job(id_) == job
    assert (job.outcome, job.losses) == (Outcome.SUCCEEDED, 1)
    value = shop.read.value(id_)
    assert value is not None
    assert value.data == b"2\n"


@pytest.mark.parametrize("choice", ["stop", "continue"])
def test_on_lost_lease_decides_over_a_job_whose_worker_was_stopped_past_its_lease(shop: Workshop, choice: str) -> None:
    """Fault 9: another worker has the job by then; the first run is stopped, or goes on and settles nothing."""
    shop.declare(
        f"""[tasks.gated]
run = '''{MARK}; echo $$ > "$RECORD.pid.$QCTL_ATTEMPT"
[ $QCTL_ATTEMPT -gt 1 ] || while [ ! -e "$RECORD.open" ]; do sleep 0.02; done; echo $QCTL_ATTEMPT'''
on_lost_lease = "{choice}"
"""
    )
    id_ = shop.submit("gated")
    first = shop.ready_worker(lease=LEASE)
    shop.running(id_)
    leader = int(written(Path(f"{shop.record}.pid.1")))
    shop.ready_worker(lease=LEASE)

    first.signal(signal.SIGSTOP)
    job = shop.ended(id_)
    assert is_alive(leader)
    first.signal(signal.SIGCONT)
    first.says("renew")

    if choice == "stop":
        eventually(lambda: not is_alive(leader))
    else:
        assert "goes on (on_lost_lease)" in first.says("lost")["message"]
        assert is_alive(leader)
        Path(f"{shop.record}.open").touch()
        eventually(lambda: not is_alive(leader))
    eventually(lambda: shop.owned() == 0)
    assert (shop.read.job(id_), job.losses, shop.runs()[id_]) == (job, 1, 2)


def test_a_worker_whose_lease_is_longer_than_that_of_another_keeps_its_jobs(shop: Workshop) -> None:
    """It is silent for longer than the other would be, and says so."""
    shop.declare(f"[tasks.gated]\nrun = '''{MARK}; while [ ! -e \"$RECORD.open\" ]; do sleep 0.02; done'''\n")
    id_ = shop.submit("gated")
    first = shop.ready_worker(lease=60.0)
    shop.running(id_)
    hasty = shop.ready_worker(lease=0.4)

    eventually(lambda: [w for w in shop.read.workers() if w.label == "w1" and w.beat > 8], within=30.0)
    Path(f"{shop.record}.open").touch()

    assert (shop.ended(id_).losses, shop.runs()[id_]) == (0, 1)
    assert not first.records("renew") + hasty.records("reclaim")


def test_a_worker_that_died_after_a_sign_of_life_that_nobody_saw_is_told_of_once(shop: Workshop) -> None:
    """Its counter has gone on since others looked: they look again, at once, and write no line each second."""
    shop.declare(f"[tasks.once]\nrun = '''{MARK}; [ $QCTL_ATTEMPT -gt 1 ] || sleep 60'''\n")
    id_ = shop.submit("once")
    first = shop.ready_worker()
    shop.running(id_)
    second = shop.ready_worker()
    eventually(lambda: len(shop.read.workers()) == 2)
    known = next(w for w in shop.read.workers() if w.label == "w0")
    eventually(lambda: [w for w in shop.read.workers() if w.label == "w1" and w.beat > 0])
    shop.redis("HINCRBY", shop.store.keys.worker(known.id), "beat", 5)

    first.signal(signal.SIGKILL)
    first.process.wait()

    assert shop.ended(id_, within=5.0).losses == 1  # its lease, and the others' heartbeats, take longer than that
    dead = [record for record in second.records("reclaim") if "is dead" in record["message"]]
    assert len(dead) == 1
