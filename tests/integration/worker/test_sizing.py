"""The number of slots follows the work (--autoscale) and signals, and no job pays for it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from qctl.model.state import Outcome, State
from tests.integration.worker.test_faults import slots_of
from tests.integration.worker.workshop import MARK, RunningWorker, Workshop
from tests.support import eventually
from tests.support.processes import children

GATED = f"""
[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.$gate" ]; do sleep 0.02; done'''
params.gate = {{ type = "str" }}
[tasks.marked]
run = '''{MARK}'''
"""


def open_gate(shop: Workshop, name: str) -> None:
    Path(f"{shop.record}.{name}").touch()


def gated(shop: Workshop, gate: str, count: int) -> list[str]:
    return [shop.submit("gated", params={"gate": gate}) for _ in range(count)]


def scaled_worker(shop: Workshop, least: int, most: int, **options: object) -> RunningWorker:
    shop.declare(GATED)
    return shop.ready_worker(slots=least, most_slots=most, **{"idle": 0.3, **options})


def has_slots(shop: Workshop, worker: RunningWorker, count: int) -> None:
    """The processes, and what the worker says of itself, agree on this number."""
    eventually(lambda: len(slots_of(worker.pid)) == count, within=15.0)
    eventually(lambda: [known.about["slots"] for known in shop.read.workers()] == [count])


def test_a_burst_brings_slots_up_to_the_most_and_no_claim_beyond_them_and_idleness_takes_them(shop: Workshop) -> None:
    worker = scaled_worker(shop, 1, 4)
    has_slots(shop, worker, 1)
    assert shop.read.workers()[0].about["autoscale"] == [1, 4]

    ids = gated(shop, "all", 10)

    has_slots(shop, worker, 4)
    eventually(lambda: len(shop.runs()) == 4)
    assert shop.owned() == 4
    open_gate(shop, "all")
    assert {shop.ended(id_).outcome for id_ in ids} == {Outcome.SUCCEEDED}
    has_slots(shop, worker, 1)
    assert shop.runs() == dict.fromkeys(ids, 1)
    assert not worker.records("slot_died")
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED


def test_a_slot_more_is_there_at_once_for_each_job_that_would_wait(shop: Workshop) -> None:
    """One after the other too: a worker whose slots are all in use goes on listening as long as it may grow."""
    worker = scaled_worker(shop, 1, 3, idle=60.0)

    ids = []
    for _ in range(3):
        ids += gated(shop, "all", 1)
        shop.running(ids[-1], within=5.0)

    has_slots(shop, worker, 3)
    (late,) = gated(shop, "all", 1)
    assert shop.read.job(late).state is State.QUEUED
    open_gate(shop, "all")
    assert {shop.ended(id_).outcome for id_ in [*ids, late]} == {Outcome.SUCCEEDED}


def test_a_long_job_is_finished_on_whichever_slot_it_runs_while_the_others_go(shop: Workshop) -> None:
    worker = scaled_worker(shop, 1, 4)
    short, long = gated(shop, "short", 3), gated(shop, "long", 1)
    has_slots(shop, worker, 4)
    shop.running(long[0])

    open_gate(shop, "short")
    for id_ in short:
        shop.ended(id_)

    has_slots(shop, worker, 1)
    assert shop.read.job(long[0]).state is State.RUNNING
    assert shop.ended(shop.submit("marked"), within=5.0).outcome is Outcome.SUCCEEDED  # a slot is added for it
    open_gate(shop, "long")
    job = shop.ended(long[0])
    assert (job.outcome, job.attempt, shop.runs()[job.id]) == (Outcome.SUCCEEDED, 1, 1)


def test_a_reload_keeps_the_slots_that_there_are(shop: Workshop) -> None:
    worker = scaled_worker(shop, 1, 3, idle=60.0)
    ids = gated(shop, "all", 3)
    has_slots(shop, worker, 3)
    open_gate(shop, "all")
    for id_ in ids:
        shop.ended(id_)

    worker.signal(signal.SIGHUP)
    eventually(lambda: len(worker.records("ready")) == 2)

    has_slots(shop, worker, 3)


def test_ttin_and_ttou_give_a_fixed_worker_a_slot_more_and_less(shop: Workshop) -> None:
    shop.declare(GATED)
    worker = shop.ready_worker(slots=1)
    ids = gated(shop, "all", 3)
    shop.running(ids[0])

    worker.signal(signal.SIGTTIN)
    shop.running(ids[1])
    has_slots(shop, worker, 2)

    worker.signal(signal.SIGTTOU)
    eventually(lambda: shop.read.workers()[0].about["slots"] == 1)
    assert [shop.read.job(id_).state for id_ in ids] == [State.RUNNING, State.RUNNING, State.QUEUED]

    open_gate(shop, "all")
    for id_ in ids:
        job = shop.ended(id_)
        assert (job.outcome, job.attempt) == (Outcome.SUCCEEDED, 1)
    has_slots(shop, worker, 1)
    worker.signal(signal.SIGTTOU)
    eventually(lambda: len(worker.records("slots")) == 3)
    assert shop.ended(shop.submit("marked")).outcome is Outcome.SUCCEEDED  # the last slot stays


def test_signals_move_the_upper_bound_of_a_worker_that_follows_the_work(shop: Workshop) -> None:
    worker = scaled_worker(shop, 1, 2, idle=60.0)
    worker.signal(signal.SIGTTIN)
    eventually(lambda: shop.read.workers()[0].about["autoscale"] == [1, 3])

    ids = gated(shop, "all", 4)

    has_slots(shop, worker, 3)
    eventually(lambda: len(shop.runs()) == 3)
    open_gate(shop, "all")
    for id_ in ids:
        shop.ended(id_)


def test_a_template_that_dies_is_followed_by_one_with_as_many_slots(shop: Workshop) -> None:
    worker = scaled_worker(shop, 1, 3, idle=60.0)
    ids = gated(shop, "all", 3)
    has_slots(shop, worker, 3)

    open_gate(shop, "all")
    for id_ in ids:
        shop.ended(id_)
    os.kill(children(worker.pid)[0].pid, signal.SIGKILL)

    eventually(lambda: len(worker.records("ready")) == 2)
    has_slots(shop, worker, 3)
