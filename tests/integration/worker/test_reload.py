"""tasks.toml and code change while the worker runs (R1 to R9, faults 75 to 77)."""

from __future__ import annotations

import signal
from pathlib import Path

from qctl.model.call import Kind
from qctl.model.exit_codes import exit_code_of
from qctl.model.state import Outcome, Reason, State
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import eventually


def says(word: str) -> str:
    return f'[tasks.say]\nrun = "echo {word}"\n'


#: Nothing can be opened where a pool of processes begins, for as long as a file stands.
TOO_FEW = """
import errno, os
from qctl.engine.processes import tree
seen = tree.children
def children(of):
    if os.path.exists({lack!r}):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return seen(of)
tree.children = children
"""


def value_of(shop: Workshop, id_: str) -> bytes:
    value = shop.read.value(id_)
    assert value is not None
    return value.data


def test_an_edited_file_takes_over_by_itself(shop: Workshop) -> None:
    """R1, R3: without restart, within seconds."""
    shop.declare(says("old"))
    shop.ready_worker()
    first = shop.submit("say")
    shop.ended(first)

    shop.declare(says("new") + '[tasks.added]\nrun = "echo added"\n')

    def new_is_in_force() -> bool:
        id_ = shop.submit("say")
        shop.ended(id_)
        return value_of(shop, id_) == b"new\n"

    eventually(new_is_in_force, within=10.0, every=0.2)
    assert value_of(shop, first) == b"old\n"
    assert shop.ended(shop.submit("added")).outcome is Outcome.SUCCEEDED


def test_sighup_brings_new_code_and_running_jobs_finish_under_the_old(shop: Workshop) -> None:
    """Faults 8 and 24: SIGHUP is no end."""
    code = shop.folder / "jobs.py"
    gate = "    while not os.path.exists(os.environ['RECORD'] + '.open'): time.sleep(0.02)\n"
    shop.declare('[tasks.waits]\ncall = "jobs:waits"\n[tasks.tell]\ncall = "jobs:tell"\n')
    code.write_text(
        code.read_text() + f"\ndef waits():\n    mark()\n{gate}    return tell()\n\ndef tell():\n    return 'old'\n"
    )
    running = shop.submit("waits", Kind.CALL)
    worker = shop.ready_worker()
    shop.running(running)

    code.write_text(code.read_text().replace("'old'", "'new code'"))
    worker.signal(signal.SIGHUP)
    eventually(lambda: len(worker.records("ready")) == 2)
    fresh = shop.submit("tell", Kind.CALL)

    shop.ended(fresh)
    assert value_of(shop, fresh) == b'"new code"'
    assert shop.read.job(running).state is State.RUNNING
    Path(f"{shop.record}.open").touch()
    assert shop.ended(running).outcome is Outcome.SUCCEEDED
    assert value_of(shop, running) == b'"old"'


def test_a_broken_file_leaves_the_last_good_configuration_in_force_and_says_so_once(shop: Workshop) -> None:
    """R5, fault 75: in the log with line and column, and in the worker's record."""
    shop.declare(says("good"))
    worker = shop.ready_worker()

    shop.file.write_text("[tasks.say\nrun = ")
    complaint = worker.says("stale")

    assert "tasks.toml" in complaint["message"]
    assert "1" in complaint["message"]
    eventually(lambda: shop.read.workers()[0].about["problem"])
    id_ = shop.submit("say")
    shop.ended(id_)
    assert value_of(shop, id_) == b"good\n"

    shop.declare(says("better"))
    eventually(lambda: shop.read.workers()[0].about["problem"] is None)
    assert len(worker.records("stale")) == 1


def test_a_worker_that_can_open_nothing_for_new_processes_goes_on_with_those_it_has_until_it_can(
    shop: Workshop,
) -> None:
    """Fault 21: SIGHUP when the descriptors that are left are enough for the file, and for no more."""
    shop.declare('[tasks.tell]\ncall = "jobs:tell"\n')
    code = shop.folder / "jobs.py"
    code.write_text(code.read_text() + "\ndef tell():\n    return 'old'\n")
    lack = shop.folder / "lack"
    worker = shop.ready_worker(first=TOO_FEW.format(lack=str(lack)))
    code.write_text(code.read_text().replace("'old'", "'new code'"))
    lack.touch()

    worker.signal(signal.SIGHUP)
    complaint = worker.says("stale")
    assert "Too many open files" in complaint["message"]
    shop.ended(first := shop.submit("tell", Kind.CALL))
    assert value_of(shop, first) == b'"old"'
    assert worker.process.poll() is None
    assert len(worker.records("reload")) == 1

    lack.unlink()
    eventually(lambda: len(worker.records("ready")) == 2, within=30.0)
    shop.ended(second := shop.submit("tell", Kind.CALL))
    assert value_of(shop, second) == b'"new code"'
    assert len(worker.records("stale")) == 1


def test_one_bad_task_spares_the_others(shop: Workshop) -> None:
    """R6."""
    shop.declare(says("fine") + '[tasks.bad]\nrun = "true"\nretrys = 3\n')
    worker = shop.ready_worker()
    id_ = shop.submit("say")

    assert shop.ended(id_).outcome is Outcome.SUCCEEDED
    assert worker.records("broken")[0]["task"] == "bad"


def test_a_job_whose_task_was_removed_waits_and_is_neither_lost_nor_failed(shop: Workshop) -> None:
    """R2, fault 77."""
    shop.declare(f"[tasks.gone]\nrun = '''{MARK}; sleep 0.5'''\n" + says("x"))
    running, queued = shop.submit("gone"), shop.submit("gone", queue="later")
    worker = shop.ready_worker(queues="default")
    shop.running(running)

    shop.declare(says("x"))
    worker.signal(signal.SIGHUP)
    assert shop.ended(running).outcome is Outcome.SUCCEEDED
    eventually(lambda: len(worker.records("ready")) == 2)
    second = shop.ready_worker(queues="later")

    second.says("missing")
    eventually(lambda: shop.read.job(queued).parked_by == "nobody:gone")
    waiting = shop.read.job(queued)
    assert (waiting.attempt, waiting.failures, waiting.crashes, waiting.losses) == (0, 0, 0, 0)

    shop.declare(says("x") + "[tasks.gone]\nrun = 'true'\n")
    assert shop.ended(queued).outcome is Outcome.SUCCEEDED


def test_a_job_whose_task_nobody_has_fails_an_hour_after_it_was_submitted(shop: Workshop) -> None:
    """Fault 77: no longer than a rollout may take."""
    shop.declare(says("x"))
    id_ = shop.submit("gone")
    key = shop.store.keys.job(id_)
    shop.redis("HSET", key, "at", int(shop.redis("HGET", key, "at")) - 3_600_000)
    shop.worker().says("missing")

    job = shop.ended(id_)
    assert (job.outcome, job.reason, exit_code_of(job)) == (Outcome.FAILED, Reason.UNKNOWN_TASK, 4)
    assert (job.failures, job.crashes, job.losses) == (0, 0, 0)


def test_an_attempt_bears_the_version_of_its_task(shop: Workshop) -> None:
    """Fault 24: the hash of the definition that it ran, whatever was there when it was submitted."""
    shop.declare(says("old"))
    worker = shop.ready_worker()
    first = shop.ended(shop.submit("say"))

    shop.declare(says("new"))
    worker.signal(signal.SIGHUP)
    eventually(lambda: len(worker.records("ready")) == 2)
    second = shop.ended(shop.submit("say"))

    hashes = [job.last.hash for job in (first, second) if job.last]
    assert len(set(hashes)) == len(hashes) == 2
    assert None not in hashes
