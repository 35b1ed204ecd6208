"""A worker with too few processes or descriptors (faults 20 and 21)."""

from __future__ import annotations

import os
import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from qctl.model.state import Outcome, State
from tests.integration.worker.workshop import MARK, RunningWorker, Workshop
from tests.support import PrivateRedis, eventually
from tests.support.command_line import SOURCE
from tests.support.processes import children
from tests.support.scratch import scratch_folder

pytestmark = pytest.mark.nightly

NOBODY_ELSE = 64_998  #: a uid that nothing runs as, so that its processes can be counted
TASKS = f"""
[tasks.marked]
run = '''{MARK}'''
[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.open" ]; do sleep 0.02; done'''
"""
#: Becomes a user with few rights before it is the worker: all is imported by then, for he cannot read where it lies.
AS_NOBODY = f"""
import os, sys
sys.path.insert(0, {str(SOURCE)!r})
import json, qctl.engine.worker, tests.support.everything_imported
from qctl.store.command import read_every_script
read_every_script()
os.setresgid({NOBODY_ELSE}, {NOBODY_ELSE}, {NOBODY_ELSE})
os.setresuid({NOBODY_ELSE}, {NOBODY_ELSE}, {NOBODY_ELSE})
"""


@pytest.fixture
def open_shop(redis_server: PrivateRedis, redis_url: str, namespace: str) -> Iterator[Workshop]:
    """A workshop that another user can reach: pytest's own folders are private."""
    folder = scratch_folder("qctl-")
    folder.chmod(0o777)
    reachable = [redis_server.folder, redis_server.socket]
    modes = [path.stat().st_mode & 0o777 for path in reachable]
    for path in reachable:
        path.chmod(0o777)
    shop = Workshop(folder, redis_url, namespace)
    shop.declare(TASKS)
    yield shop
    shop.close()
    for path, mode in zip(reachable, modes, strict=True):
        path.chmod(mode)
    shutil.rmtree(folder)


def allow(what: int, number: int, *pids: int) -> None:
    """Set what processes may have, as their own user: nobody else may, but for a root with all its capabilities."""
    owner = Path(f"/proc/{pids[0]}").stat().st_uid
    child = os.fork()
    if child == 0:
        try:
            os.setresgid(owner, owner, owner)
            os.setresuid(owner, owner, owner)
            for pid in pids:
                resource.prlimit(pid, what, (number, resource.prlimit(pid, what)[1]))
            os._exit(0)
        except BaseException:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def family(worker: RunningWorker) -> tuple[int, list[int]]:
    """Its template, and its slots."""
    (template,) = (child.pid for child in children(worker.pid))
    return template, [slot.pid for slot in children(template)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who has no other processes")
def test_a_job_for_which_no_process_can_be_forked_is_given_back_and_runs_when_one_can(open_shop: Workshop) -> None:
    """Fault 20: released, not failed; tried at most twice a second; told by the log."""
    worker = open_shop.ready_worker(
        slots=1, first=AS_NOBODY, environment={"HOME": str(open_shop.folder), "XDG_RUNTIME_DIR": str(open_shop.folder)}
    )
    template, (slot,) = family(worker)
    allow(resource.RLIMIT_NPROC, 2, template, worker.pid)
    os.kill(slot, signal.SIGKILL)
    worker.says("cannot_fork")
    id_ = open_shop.submit("marked")
    first = worker.records("cannot_fork")[0]
    assert "cannot fork slot 1: cannot fork: Resource temporarily unavailable" in first["message"]

    eventually(lambda: len(worker.records("cannot_fork")) >= 6, within=15.0)
    job = open_shop.read.job(id_)
    assert (job.attempt, job.failures, job.crashes, job.losses) in {(0, 0, 0, 0), (1, 0, 0, 0)}
    assert job.state in (State.QUEUED, State.RUNNING)
    times = [datetime.fromisoformat(record["at"]) for record in worker.records("cannot_fork")]
    assert (times[-1] - times[0]).total_seconds() / (len(times) - 1) > 0.45
    eventually(lambda: open_shop.read.workers()[0].about["problem"] == first["message"])
    allow(resource.RLIMIT_NPROC, 100, template, worker.pid)

    job = open_shop.ended(id_, within=20.0)
    assert (job.outcome, job.failures, job.crashes, job.losses) == (Outcome.SUCCEEDED, 0, 0, 0)
    assert open_shop.runs() == {id_: 1}
    eventually(lambda: open_shop.read.workers()[0].about["problem"] is None, within=15.0)


def test_a_worker_without_descriptors_loses_no_job_and_goes_on_when_it_has_them_again(shop: Workshop) -> None:
    """Fault 21: what runs ends, what cannot begin says why or waits, and nothing is left open in the end."""
    shop.declare(TASKS)
    worker = shop.ready_worker(slots=1)
    template, (slot,) = family(worker)
    gated = shop.submit("gated")
    shop.running(gated)
    before = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in (worker.pid, template)}
    for pid in (worker.pid, template, slot):
        allow(resource.RLIMIT_NOFILE, 3, pid)  # not one more can be opened
    Path(f"{shop.record}.open").touch()
    assert shop.ended(gated).outcome is Outcome.SUCCEEDED
    tried = [shop.submit("marked") for _ in range(3)]
    with suppress(ProcessLookupError):  # it may have died of that
        os.kill(slot, signal.SIGKILL)
    eventually(lambda: worker.records("cannot_fork") or all(job.ended for job in shop.read.jobs(tried)), within=15.0)
    assert worker.process.poll() is None
    for pid in (worker.pid, template):
        allow(resource.RLIMIT_NOFILE, 1024, pid)

    fresh = [shop.submit("marked") for _ in range(100)]
    eventually(lambda: all(job.ended for job in shop.read.jobs(fresh)), within=60.0)
    assert {job.outcome for job in shop.read.jobs(fresh)} == {Outcome.SUCCEEDED}
    for job in shop.read.jobs(tried):
        assert job.ended
        if job.outcome is not Outcome.SUCCEEDED:
            assert job.last is not None
            assert "Too many open files" in (job.last.error_message or "")
    after = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in (worker.pid, template)}
    assert after == before


def test_a_worker_that_may_open_64_files_runs_a_thousand_jobs_and_keeps_none_open(shop: Workshop) -> None:
    """Fault 21."""
    shop.declare(TASKS)
    first = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
    worker = shop.ready_worker(slots=2, first=first)
    template, _ = family(worker)
    shop.ended(shop.submit("marked"))
    before = {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in (worker.pid, template)}

    ids = shop.submit_many("marked", 1000)
    eventually(lambda: all(job.ended for job in shop.read.jobs(ids)), within=120.0, every=0.1)

    assert {job.outcome for job in shop.read.jobs(ids)} == {Outcome.SUCCEEDED}
    eventually(lambda: {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in before} == before)
