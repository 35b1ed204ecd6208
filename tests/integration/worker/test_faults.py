"""What dies, hangs or is told to stop, and what becomes of the jobs (faults by number)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason, State
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually
from tests.support.processes import children, is_alive

SLEEPS = f"[tasks.sleeps]\nrun = '''{MARK}; sleep 60'''\ngrace = \"300ms\"\n"
SHORT = f"[tasks.short]\nrun = '''{MARK}; sleep 0.4'''\n"


def slots_of(pid: int) -> list[int]:
    """The slots of a worker: children of its only child, the template."""
    found = children(pid)
    assert len(found) == 1, found
    template = found[0].pid
    return [slot.pid for slot in children(template)]


@pytest.mark.parametrize(("name", "how"), [("kills_itself", 9), ("exits_silently", None)])
def test_a_slot_that_dies_costs_its_job_a_crash_until_the_budget_is_spent(
    shop: Workshop, name: str, how: int | None
) -> None:
    """Faults 1 and 12: an exit without a word is a crash, whatever its code; the others go on."""
    shop.declare(f'[tasks.dies]\ncall = "jobs:{name}"\nmax_crashes = 2\nbackoff = "10ms"\n{SHORT}')
    id_, other = shop.submit("dies", Kind.CALL), shop.submit("short")
    shop.worker()

    job = shop.ended(id_)

    assert (job.outcome, job.reason) == (Outcome.FAILED, Reason.CRASHED)
    assert (job.crashes, job.failures, job.losses) == (2, 0, 0)
    assert [attempt.signal for attempt in job.attempts] == [how, how]
    assert shop.runs()[id_] == 2
    assert shop.ended(other).outcome is Outcome.SUCCEEDED


def test_a_slot_that_is_killed_from_outside_counts_against_max_crashes(shop: Workshop) -> None:
    """Fault 1."""
    shop.declare('[tasks.sleeps]\ncall = "jobs:sleeps"\nmax_crashes = 2\nbackoff = "10ms"\n')
    id_ = shop.submit("sleeps", Kind.CALL)
    worker = shop.ready_worker(slots=1)

    for attempt in (1, 2):
        eventually(lambda attempt=attempt: shop.runs()[id_] == attempt)  # type: ignore[misc]
        os.kill(slots_of(worker.pid)[0], signal.SIGKILL)

    job = shop.ended(id_)
    assert (job.outcome, job.reason, job.crashes, job.losses) == (Outcome.FAILED, Reason.CRASHED, 2, 0)
    assert [attempt.signal for attempt in job.attempts] == [9, 9]


def of_a_killed_worker(shop: Workshop) -> str:
    """A job of `sleeps` that ran when its worker died."""
    id_ = shop.submit("sleeps")
    worker = shop.ready_worker()
    shop.running(id_)
    worker.signal(signal.SIGKILL)
    worker.process.wait()
    return id_


def test_a_task_that_must_not_be_redelivered_runs_once_though_its_slot_died(shop: Workshop) -> None:
    shop.declare('[tasks.dies]\ncall = "jobs:kills_itself"\nredeliver = false\n')
    id_ = shop.submit("dies", Kind.CALL)
    shop.worker()

    job = shop.ended(id_)

    assert (job.outcome, job.reason, shop.runs()[id_]) == (Outcome.FAILED, Reason.CRASHED, 1)


def test_the_jobs_of_a_killed_worker_are_run_again_at_once_by_another_of_this_host(shop: Workshop) -> None:
    """Fault 2, P21, C19: nothing outlives its worker, a loss counts, and the same host does not wait for the lease."""
    shop.declare(f"[tasks.once]\nrun = '''{MARK}; [ $QCTL_ATTEMPT -gt 1 ] || sleep 60'''\n")
    id_ = shop.submit("once")
    first = shop.ready_worker()
    shop.running(id_)
    slots = slots_of(first.pid)
    shop.ready_worker()

    first.signal(signal.SIGKILL)
    first.process.wait()

    job = shop.ended(id_, within=12.0)
    assert (job.outcome, job.losses, shop.runs()[id_]) == (Outcome.SUCCEEDED, 1, 2)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "succeeded"]
    assert not any(map(is_alive, slots))


@pytest.mark.parametrize("key", ["max_losses = 1", "redeliver = false"])
def test_the_loss_budget_and_a_forbidden_redelivery_end_a_job_as_lost(shop: Workshop, key: str) -> None:
    """C19."""
    shop.declare(f"{SLEEPS}{key}\n")
    id_ = of_a_killed_worker(shop)
    shop.ready_worker()

    job = shop.ended(id_)
    assert (job.outcome, job.reason, shop.runs()[id_]) == (Outcome.LOST, Reason.WORKER_LOST, 1)


def test_a_forbidden_redelivery_is_none_either_if_only_a_worker_without_the_task_is_left(shop: Workshop) -> None:
    """C19: workers of several hosts have several files."""
    shop.declare(f"{SLEEPS}redeliver = false\n")
    id_ = of_a_killed_worker(shop)
    shop.declare(SHORT)
    shop.ready_worker()

    job = shop.ended(id_)
    assert (job.outcome, job.reason, shop.runs()[id_]) == (Outcome.LOST, Reason.WORKER_LOST, 1)


def test_one_sigterm_finishes_what_runs_and_takes_no_more(shop: Workshop) -> None:
    """Fault 5, P20."""
    shop.declare(SHORT)
    ids = shop.submit_many("short", 2)
    worker = shop.ready_worker()
    for id_ in ids:
        shop.running(id_)

    worker.signal(signal.SIGTERM)
    worker.says("phase")
    late = shop.submit("short")

    assert worker.wait() == 0
    assert [shop.read.job(id_).outcome for id_ in ids] == [Outcome.SUCCEEDED] * 2
    assert shop.read.job(late).state is State.QUEUED
    assert shop.read.workers() == []


def test_ctrl_c_in_a_terminal_reaches_the_worker_alone_and_its_jobs_finish(shop: Workshop) -> None:
    """SIGINT like SIGTERM: a terminal sends it to the whole process group."""
    shop.declare(SHORT + '[tasks.naps]\ncall = "jobs:sleeps"\nparams.seconds = { type = "float", default = 0.4 }\n')
    ids = [shop.submit("short"), shop.submit("naps", Kind.CALL)]
    worker = shop.ready_worker()
    for id_ in ids:
        shop.running(id_)

    os.killpg(worker.pid, signal.SIGINT)

    assert worker.wait() == 0
    assert [shop.read.job(id_).outcome for id_ in ids] == [Outcome.SUCCEEDED] * 2


def test_a_job_longer_than_the_drain_timeout_is_given_back_uncharged(shop: Workshop) -> None:
    """Fault 6: the exit code says so."""
    shop.declare(SLEEPS)
    id_ = shop.submit("sleeps")
    worker = shop.ready_worker(drain_timeout=0.3)
    shop.running(id_)

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 1
    job = shop.read.job(id_)
    assert (job.state, job.failures, job.crashes, job.losses) == (State.QUEUED, 0, 0, 0)
    assert job.attempts[0].outcome == "released"


def test_a_job_that_goes_on_at_the_end_of_the_drain_is_told_then_killed_and_given_back_uncharged(
    shop: Workshop,
) -> None:
    """Fault 6: its stop signal to its group, its grace, KILL."""
    shop.declare(
        f"""[tasks.deaf]
run = '''{MARK}; trap 'echo told >> "$RECORD.told"' TERM; echo $$ > "$RECORD.leader"
sh -c 'trap "" TERM; while :; do sleep 0.02; done' & echo $! > "$RECORD.child"
while :; do sleep 0.02; done'''
grace = "300ms"
"""
    )
    id_ = shop.submit("deaf")
    worker = shop.ready_worker(drain_timeout=0.3)
    shop.running(id_)
    marks = [Path(f"{shop.record}.{name}") for name in ("leader", "child")]
    eventually(lambda: all(mark.exists() and mark.read_text().strip() for mark in marks))

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 1
    job = shop.read.job(id_)
    assert (job.state, job.failures, job.crashes, job.losses) == (State.QUEUED, 0, 0, 0)
    assert [(attempt.outcome, attempt.signal) for attempt in job.attempts] == [("released", 9)]
    assert Path(f"{shop.record}.told").read_text() == "told\n"
    assert not any(is_alive(int(mark.read_text())) for mark in marks)


def test_a_stopped_slot_is_ended_by_the_limit_of_its_job(shop: Workshop) -> None:
    """Fault 10: the lease goes on, the limit is the parent's, KILL works on a stopped process."""
    shop.declare('[tasks.sleeps]\ncall = "jobs:sleeps"\ntimeout = "1s"\ngrace = "200ms"\n')
    id_ = shop.submit("sleeps", Kind.CALL)
    worker = shop.ready_worker()
    shop.running(id_)

    for slot in slots_of(worker.pid):
        os.kill(slot, signal.SIGSTOP)

    assert shop.ended(id_).outcome is Outcome.TIMEOUT
    eventually(lambda: len(slots_of(worker.pid)) == 2)
    assert worker.records("renew") + worker.records("silence") == []


def test_a_running_job_is_cancelled_at_once_and_only_that_one(shop: Workshop) -> None:
    shop.declare(SLEEPS)
    id_, other = shop.submit_many("sleeps", 2)
    shop.ready_worker()
    shop.running(id_)
    shop.running(other)

    shop.store.do(shop.store.verbs.cancel([id_], {"by": "me"}))

    job = shop.ended(id_, within=2.0)
    assert (job.outcome, job.reason) == (Outcome.CANCELLED, Reason.BY_USER)
    assert shop.read.job(other).state is State.RUNNING


def test_drain_resume_and_stop_come_as_commands(shop: Workshop) -> None:
    shop.declare(SHORT)
    worker = shop.ready_worker()
    (known,) = shop.read.workers()

    shop.store.do(shop.store.verbs.command_worker(known.id, "drain"))
    eventually(lambda: shop.read.workers()[0].about["phase"] == "draining")
    id_ = shop.submit("short")
    eventually(lambda: shop.read.job(id_).state is State.QUEUED)  # given back by a claim that still stood in line
    assert id_ not in shop.runs()

    shop.store.do(shop.store.verbs.command_worker(known.id, "resume"))
    assert shop.ended(id_).outcome is Outcome.SUCCEEDED

    shop.store.do(shop.store.verbs.command_worker(known.id, "stop"))
    assert worker.wait() == 0


def test_a_command_to_stop_now_gives_back_what_runs(shop: Workshop) -> None:
    shop.declare(SLEEPS)
    id_ = shop.submit("sleeps")
    worker = shop.ready_worker()
    shop.running(id_)

    shop.store.do(shop.store.verbs.command_worker(shop.read.workers()[0].id, "stop-now"))

    assert worker.wait(within=5.0) == 1
    assert shop.read.job(id_).state is State.QUEUED


def test_a_soft_limit_is_an_exception_that_a_task_may_catch(shop: Workshop) -> None:
    shop.declare('[tasks.cleans]\ncall = "jobs:cleans"\nsoft_timeout = "600ms"\ntimeout = "30s"\n')
    id_ = shop.submit("cleans", Kind.CALL)
    shop.worker()

    job = shop.ended(id_)

    value = shop.read.value(id_)
    assert (job.outcome, value and value.data) == (Outcome.SUCCEEDED, b'"cleaned"')


def test_a_killed_template_costs_its_jobs_a_crash_and_the_worker_goes_on(shop: Workshop) -> None:
    shop.declare(f"[tasks.once]\nrun = '''{MARK}; [ $QCTL_ATTEMPT -gt 1 ] || sleep 60'''\nbackoff = \"10ms\"\n")
    id_ = shop.submit("once")
    worker = shop.ready_worker()
    shop.running(id_)

    os.kill(children(worker.pid)[0].pid, signal.SIGKILL)

    job = shop.ended(id_)
    assert (job.outcome, job.crashes, job.losses) == (Outcome.SUCCEEDED, 1, 0)
