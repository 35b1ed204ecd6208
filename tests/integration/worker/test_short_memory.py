"""Memory runs out: of a job alone, or of all (faults 14 and 15)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually
from tests.support.processes import children

_GROUPS = Path("/sys/fs/cgroup/memory")

EATS = """
def eats():
    mark()
    kept = []
    while True:
        kept.append(b"x" * (1 << 20))
"""
TASKS = f"""
[tasks.eats]
call = "jobs:eats"
max_crashes = 2
backoff = "10ms"
[tasks.bounded]
call = "jobs:eats"
limits = {{ memory = "400MB" }}
[tasks.command]
run = '''{MARK}; exec tail /dev/zero'''
limits = {{ memory = "100MB" }}
[tasks.marked]
run = '''{MARK}'''
[tasks.score]
run = "cat /proc/self/oom_score_adj"
"""


@pytest.fixture
def hungry(shop: Workshop) -> Workshop:
    code = shop.folder / "jobs.py"
    code.write_text(code.read_text() + EATS)
    shop.declare(TASKS)
    return shop


def below(pid: int) -> list[int]:
    return [pid, *(each for child in children(pid) for each in below(child.pid))]


def test_jobs_are_killed_before_the_worker_is(hungry: Workshop) -> None:
    """Fault 14: the kernel prefers what has the higher score."""
    worker = hungry.ready_worker(slots=1)
    own = int(Path(f"/proc/{worker.pid}/oom_score_adj").read_text())
    (template,) = (child.pid for child in children(worker.pid))
    id_ = hungry.submit("score")
    hungry.ended(id_)

    value = hungry.read.value(id_)
    assert value is not None
    assert int(value.data) == min(1000, own + 200)
    assert int(Path(f"/proc/{template}/oom_score_adj").read_text()) == own


def test_endless_memory_ends_at_the_limit_of_its_task(hungry: Workshop) -> None:
    """Fault 15: the kernel refuses what a single process asks for above it, at once."""
    python, command = hungry.submit("bounded", Kind.CALL), hungry.submit("command")
    worker = hungry.worker()

    for id_, limit in ((python, 400 << 20), (command, 100 << 20)):
        job = hungry.ended(id_)
        assert (job.outcome, job.crashes, hungry.runs()[id_]) == (Outcome.FAILED, 0, 1)
        assert job.last is not None
        assert job.last.max_rss_bytes is not None
        assert 0 < job.last.max_rss_bytes < limit
    last = hungry.read.job(python).last
    assert last is not None
    assert last.error_type == "MemoryError"
    assert hungry.ended(hungry.submit("marked")).outcome is Outcome.SUCCEEDED
    assert worker.process.poll() is None


@pytest.fixture
def narrow() -> Iterator[Path]:
    """A group of processes that may use 400 MB together."""
    group = _GROUPS / f"qctl-test-{id(object())}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(400 << 20))
    except OSError as error:
        pytest.skip(f"no group of processes with a limit of memory can be made here: {error}")
    yield group

    def is_gone() -> bool:
        group.rmdir()
        return True

    eventually(lambda: not (group / "cgroup.procs").read_text(), within=10.0)
    is_gone()


@pytest.mark.nightly
def test_a_slot_that_the_kernel_kills_for_want_of_memory_has_crashed_and_the_worker_lives(
    hungry: Workshop, narrow: Path
) -> None:
    """Fault 14: signal 9, reason `oom`, charged as a crash; the worker goes on."""
    worker = hungry.ready_worker(slots=1)
    for pid in below(worker.pid):
        (narrow / "cgroup.procs").write_text(str(pid))
    id_ = hungry.submit("eats", Kind.CALL)

    job = hungry.ended(id_, within=60.0)

    assert (job.outcome, job.reason, job.crashes, job.failures) == (Outcome.FAILED, Reason.OOM, 2, 0)
    assert [(attempt.signal, attempt.reason) for attempt in job.attempts] == [(9, "oom")] * 2
    assert hungry.ended(hungry.submit("marked")).outcome is Outcome.SUCCEEDED
    assert worker.process.poll() is None
    worker.stop()
