"""Findings as a run might have made them."""

from __future__ import annotations

from typing import Final

from tests.bench.figures import Bar, Better, Figure
from tests.bench.findings import Findings
from tests.bench.rounds import Taken

RATE: Final = Figure(
    "rate",
    "drain of `noop` jobs",
    "jobs/s",
    Better.MORE,
    (Bar(4.0, ("slow", "quick"), "the fastest peer"), Bar(25.0, ("slow",)), Bar(1.2, ("away",))),
)
WAIT: Final = Figure("wait", "pick-up", "us", Better.LESS, (Bar(0.5, ("slow", "quick"), "the fastest peer"),))
IDLE: Final = Figure("idle", "idle worker", "% of a core", Better.LESS, (Bar(limit=0.5),))


def findings() -> Findings:
    """Two measures, of which one bar is met, one is missed, and one has nobody to compare with."""
    values = {"qctl": [900.0, 1100.0, 1000.0], "quick": [200.0, 220.0, 240.0], "slow": [50.0, 50.0, 50.0]}
    taken = {
        "drain": Taken((RATE,), {"rate": values}, {"quick": "2 processes"}, {"third": "it fell\nat once"}),
        "idle": Taken((IDLE,), {"idle": {"qctl": [0.2, 0.3, 0.1]}}),
    }
    return Findings("2 cores", 3, [0.1, 0.6], {"qctl": "0.1.0", "quick": "1.2"}, {"away": "pip: no such thing"}, taken)
