"""Keys of tasks.toml that say when an attempt is told to stop, what a failure is, and whether it is tried again.

Each as it is written in the file, through a real worker; what it means in detail is told where it is decided.
"""

from __future__ import annotations

import pytest

from qctl.model.state import Outcome, Reason
from tests.integration.worker.workshop import Workshop

#: A command that tells by its exit code which signal it was told to end by.
TOLD = "trap 'exit 11' TERM; trap 'exit 12' INT; trap 'exit 13' HUP; echo begun; while :; do sleep 0.01; done"
EXIT = 'run = "exit $code"\nparams.code = { type = "int" }\nbackoff = "10ms"\n'


@pytest.mark.parametrize(
    ("keys", "outcome", "code"),
    [
        ('soft_timeout = "600ms"\ntimeout = "1m"', Outcome.TIMEOUT, 11),
        ('soft_timeout = "600ms"\ntimeout = "1m"\nstop_signal = "HUP"', Outcome.TIMEOUT, 13),
        ('soft_timeout = "600ms"\ntimeout = "1m"\nok_codes = [0, 11]', Outcome.SUCCEEDED, 11),
        ('timeout = "600ms"\ngrace = "1m"', Outcome.TIMEOUT, 11),
        ('timeout = "600ms"\ngrace = "1m"\nstop_signal = "INT"', Outcome.TIMEOUT, 12),
    ],
)
def test_an_attempt_is_told_to_end_as_its_task_says(shop: Workshop, keys: str, outcome: Outcome, code: int) -> None:
    shop.declare(f'[tasks.told]\nrun = """{TOLD}"""\n{keys}\n')
    job = shop.submit("told")

    shop.worker(until_empty=True)

    ended = shop.ended(job)
    assert (ended.outcome, ended.last and ended.last.exit_code) == (outcome, code)


@pytest.mark.parametrize(
    ("keys", "code", "attempts"),
    [
        ("retries = 2", 3, 3),
        ('retries = 2\nretry_on = ["exit:75"]', 75, 3),
        ('retries = 2\nretry_on = ["exit:75"]', 3, 1),
        ('retries = 2\nno_retry_on = ["exit:3"]', 3, 1),
        ('retries = 2\nno_retry_on = ["exit:3"]', 4, 3),
        ('retries = 9\nbackoff = "1m"\njitter = false\ntotal_timeout = "30s"', 3, 1),
        ('retries = 2\nbackoff = "1h"\nbackoff_max = "10ms"', 3, 3),
    ],
)
def test_a_failure_is_tried_again_as_its_task_says(shop: Workshop, keys: str, code: int, attempts: int) -> None:
    shop.declare(f"[tasks.fails]\n{EXIT.removesuffix(_backoff(keys))}{keys}\n")
    job = shop.submit("fails", params={"code": code})

    shop.worker()

    ended = shop.ended(job)
    assert (ended.outcome, ended.reason, len(ended.attempts)) == (Outcome.FAILED, Reason.EXIT, attempts)


def _backoff(keys: str) -> str:
    """What the common part says of the backoff, if these keys have one of their own."""
    return 'backoff = "10ms"\n' if "backoff =" in keys else ""


@pytest.mark.parametrize(("limit", "kept"), [("1KB", 1024), ("64KB", 5000)])
def test_so_much_of_the_output_is_kept_as_the_task_says(shop: Workshop, limit: str, kept: int) -> None:
    shop.declare(f'[tasks.talks]\nrun = "head -c 5000 /dev/zero | tr \'\\\\0\' x"\noutput.max = "{limit}"\n')
    job = shop.submit("talks")

    shop.worker(until_empty=True)

    last = shop.ended(job).last
    assert last is not None
    assert last.log_bytes == 5000
    assert abs(last.log_bytes - last.log_dropped - kept) < 100
