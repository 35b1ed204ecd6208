"""Workers are killed while they tell of failures: each failure is told to each name, and told once."""

from __future__ import annotations

import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from qctl.model.job import Job
from qctl.model.state import Outcome
from tests.integration.worker.workshop import Workshop
from tests.support import eventually, processes_below

NAMES = [f"name{number}" for number in range(12)]
WAVES = 8
FAILURES = 2  #: in each wave; in all fewer than the 20 of a name after which an hour's notices are only counted

TASKS = "".join(
    f'[tasks.feed{number}]\nrun = "exit 22"\nnotify = {NAMES}\n' for number in range(WAVES * FAILURES)
) + "".join(f'[notify.{name}]\ncommand = ["true"]\n' for name in NAMES)


def told(shop: Workshop) -> list[Job]:
    return [job for job in shop.read.jobs(shop.read.recent()) if job.call.task.startswith("notify.")]


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_of_workers_lose_no_notice_and_tell_none_twice(
    tmp_path: Path, redis_url: str, namespace: str, seed: int
) -> None:
    """Faults 4 and 46: the notice goes in the same script in which the job that tells it comes."""
    shop, dice = Workshop(tmp_path, redis_url, namespace), random.Random(seed)
    amid = 0
    try:
        shop.declare(TASKS)
        failed: list[str] = []
        for wave in range(WAVES):
            workers = [shop.worker(lease=2.0, level="INFO") for _ in range(2)]
            first = wave * FAILURES
            failed += [shop.submit(f"feed{number}") for number in range(first, first + FAILURES)]
            begun = first * len(NAMES) + dice.randrange(1, FAILURES * len(NAMES) // 2)
            eventually(lambda least=begun: len(told(shop)) >= least, within=30.0, every=0.002)  # type: ignore[misc]
            for worker in workers:
                worker.signal(signal.SIGKILL)
            for worker in workers:
                worker.process.wait()
            amid += len(told(shop)) < len(failed) * len(NAMES)

        shop.worker(lease=2.0)
        shop.worker(lease=2.0)
        expected = {(id_, f"notify.{name}"): 1 for id_ in failed for name in NAMES}
        eventually(lambda: len(told(shop)) >= len(expected), within=30.0, every=0.1)
        eventually(lambda: all(job.ended for job in told(shop)), within=60.0, every=0.1)

        assert Counter((job.call.labels["job"], job.call.task) for job in told(shop)) == expected
        assert {job.outcome for job in told(shop)} == {Outcome.SUCCEEDED}
        assert shop.store.do(shop.store.verbs.notices(NAMES, 100)) == []
        remembered = [(id_, one.name) for id_ in failed for one in shop.read.told(id_)]
        assert Counter((id_, f"notify.{name}") for id_, name in remembered) == expected
        assert amid > 0
    finally:
        shop.close()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)
