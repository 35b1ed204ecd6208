"""Slots, workers and Redis are killed amid 2,000 short jobs: none lost, none stuck, none ended twice.

Beside the store stands an outside record: every run of a task appends one line to a file.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome
from tests.integration.worker.workshop import Workshop
from tests.storm.striking import Storm
from tests.support import PrivateRedis, eventually, processes_below

JOBS = 2000

#: A bad thing happens each time that so many more jobs have begun, however fast the machine is.
STRIKE_EVERY = JOBS // 25

TASKS = """
[tasks.python]
call = "jobs:marked_slowly"
max_crashes = 100
max_losses = 100
backoff = "20ms"
backoff_max = "100ms"

[tasks.shell]
max_running = 3
run = '''printf '%s %s %s\\n' "$QCTL_JOB_ID" "$QCTL_ATTEMPT" "$QCTL_FENCE" >> "$RECORD"'''
max_crashes = 100
max_losses = 100
backoff = "20ms"
backoff_max = "100ms"
"""


def endings(shop: Workshop) -> Counter[str]:
    """How often each job was said to have ended, by the event feed."""
    ended: Counter[str] = Counter()
    for _, fields in shop.redis("XRANGE", shop.store.keys.events, "-", "+"):
        event = dict(zip(fields[::2], fields[1::2], strict=True))
        if event[b"verb"] in (b"complete", b"bury"):
            ended.update(event[b"ids"].decode().split())
    return ended


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kills_of_slots_workers_and_redis_lose_no_job_and_end_none_twice(
    tmp_path: Path, own_redis: PrivateRedis, seed: int
) -> None:
    """Faults 1, 2, 4 and 31 together."""
    shop = Workshop(tmp_path, own_redis.url, "storm")
    try:
        shop.declare(TASKS)
        ids = shop.submit_many("python", JOBS // 2, Kind.CALL) + shop.submit_many("shell", JOBS // 2)
        storm = Storm(shop, own_redis, seed)
        next_strike = STRIKE_EVERY

        def all_have_run() -> bool:
            nonlocal next_strike
            begun = len(shop.runs())
            if next_strike <= begun < JOBS:
                storm.strike()
                next_strike += STRIKE_EVERY
            return begun == JOBS

        eventually(all_have_run, within=90.0, every=0.02)
        shop.store.close()
        eventually(lambda: all(job.ended for job in shop.read.jobs(ids)), within=30.0, every=0.1)

        jobs, ended, runs = shop.read.jobs(ids), endings(shop), shop.runs()
        assert len(jobs) == JOBS
        assert {job.outcome for job in jobs} == {Outcome.SUCCEEDED}
        assert {id_ for id_ in ids if ended[id_] != 1} == set()
        eventually(lambda: shop.owned() == 0, within=10.0)
        keys = shop.store.keys
        limit = "task:shell"
        assert shop.redis("EXISTS", keys.held(limit), keys.parked(limit), keys.parked_in("default")) == 0
        # No claim was ever run twice: whoever ran a job again had been given it anew, under a fence of its own.
        assert max(Counter(shop.record.read_text().splitlines()).values()) == 1
        assert {job.id for job in jobs if runs[job.id] > job.fence} == set()
        assert min(storm.slots_killed, storm.workers_killed, storm.redis_killed) > 0
        assert storm.slots_killed + storm.workers_killed + storm.redis_killed > 12
    finally:
        shop.close()
    eventually(lambda: processes_below(tmp_path) == [], within=5.0)
