"""A worker is killed between two of its steps: after the claim, amid a run, after the effect (faults by number)."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from qctl.model.state import Outcome, State
from qctl.store.command import script
from tests.integration.worker.workshop import MARK, RunningWorker, Workshop
from tests.support import eventually, written
from tests.support.processes import is_alive
from tests.support.proxy import Proxy


def kill(worker: RunningWorker) -> None:
    worker.signal(signal.SIGKILL)
    worker.process.wait()


def test_a_worker_killed_between_claim_and_start_has_cost_its_job_no_run(shop: Workshop, proxy: Proxy) -> None:
    """Fault 3: Redis says that it runs, and nothing has; it comes back and runs once in all."""
    shop.declare(f"[tasks.marked]\nrun = '''{MARK}'''\n")
    id_ = shop.submit("marked")
    shop.store.do(shop.store.verbs.claim("nobody", 0, 0))  # so that the server knows the script
    proxy.cut(script("claim").sha, 1_000)  # it never learns what it has claimed
    first = shop.worker(redis=proxy.url)
    eventually(lambda: shop.read.job(id_).state is State.RUNNING, within=15.0)
    kill(first)
    shop.worker()

    job = shop.ended(id_)

    assert (job.outcome, job.losses, job.attempt) == (Outcome.SUCCEEDED, 1, 2)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "succeeded"]
    assert shop.runs() == {id_: 1}


def test_a_worker_killed_between_the_effect_and_the_report_has_its_job_run_again_and_tell_so(
    shop: Workshop, proxy: Proxy
) -> None:
    """Fault 4: two runs, one end; the second attempt bears the loss of the first, and the job can read its number."""
    shop.declare(
        f"""[tasks.gated]
run = '''{MARK}; while [ ! -e "$RECORD.open" ]; do sleep 0.02; done; echo "$QCTL_ATTEMPT" >> "$RECORD.effects"'''
"""
    )
    id_ = shop.submit("gated")
    first = shop.ready_worker(redis=proxy.url)
    shop.running(id_)
    proxy.refuse(True)
    first.says("redis_gone")
    Path(f"{shop.record}.open").touch()
    effects = Path(f"{shop.record}.effects")
    assert written(effects) == "1"
    kill(first)
    shop.worker()

    job = shop.ended(id_)

    assert (job.outcome, job.losses, job.attempt, job.fence > 1) == (Outcome.SUCCEEDED, 1, 2, True)
    assert [attempt.outcome for attempt in job.attempts] == ["lost", "succeeded"]
    assert effects.read_text().split() == ["1", "2"]
    assert shop.runs() == {id_: 2}


def test_a_job_does_nothing_more_once_its_worker_is_dead(shop: Workshop) -> None:
    """Fault 2: it leaves no mark later than a second after."""
    shop.declare(
        f"""[tasks.ticks]
run = '''{MARK}; echo $$ > "$RECORD.leader"; while :; do date +%s.%N >> "$RECORD.ticks"; sleep 0.01; done'''
"""
    )
    id_ = shop.submit("ticks")
    worker = shop.ready_worker()
    shop.running(id_)
    ticks = Path(f"{shop.record}.ticks")
    eventually(lambda: ticks.exists() and ticks.read_text())
    leader = int(Path(f"{shop.record}.leader").read_text())

    died = time.time()
    kill(worker)
    eventually(lambda: not is_alive(leader))

    last = float(ticks.read_text().splitlines()[-1])
    assert last < died + 1.0
