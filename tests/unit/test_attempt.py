"""The record of an attempt as it is written."""

from __future__ import annotations

import json

from qctl.model.attempt import Attempt, Ended, encode_success
from qctl.model.state import Outcome


def test_processor_time_is_kept_to_the_microsecond() -> None:
    """The sum of user and system time has digits that mean nothing."""
    cpu_s = 0.0013499999999999999
    ended = Ended(outcome=Outcome.SUCCEEDED, cpu_s=cpu_s)
    short = encode_success(ended, number=1, worker="w", started_ms=1, ended_ms=2, hash_="h", tries=1)
    long = Attempt(number=1, worker="w", started_ms=1, ended_ms=2, outcome="failed", cpu_s=cpu_s).encode()
    assert [json.loads(record)["c"] for record in (short, long)] == [0.00135, 0.00135]
