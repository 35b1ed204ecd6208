"""Protections that a storm itself notices the lack of, by the figure that is not what it must be then.

Of the others it does not: what one protection lets through another one mends, or what they are for does not happen in
it. Scenes of their own show what these are for; all protections have one (`test_each_protection`). What calls whose
replies are cut owe to protections is in `tests/storm/test_storm.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final

import pytest

from tests.support.command_line import SOURCE

NOTICED: Final = {
    "ownership": "ended_by_a_stale_claim",
    "turn": "repaired",
    "crash-budget": "poison_wrong",
    "lease": "extra_runs",
    "tolerance": "workflows_wrong",
    "declared-order": "workflows_wrong",
}


@pytest.mark.nightly
@pytest.mark.parametrize("name", NOTICED)
def test_a_storm_over_workers_that_lack_it_is_not_what_it_must_be(name: str) -> None:
    words = ["-m", "tests.storm", "--seed", "1", "--jobs", "1500", "--faults", "60", "--without", name]
    ended = subprocess.run(
        [sys.executable, *words], cwd=SOURCE, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 1, ended.stderr
    (told,) = json.loads(ended.stdout)["storm"]
    assert NOTICED[name] in told["broken"]
