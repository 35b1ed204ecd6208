"""`qctl top` over a hundred thousand jobs on a real terminal: it opens, moves, filters and sorts as over sixty."""

from __future__ import annotations

import pytest

from qctl.store import Store
from tests.acceptance.conftest import Draw
from tests.support.store_seed import SeedWorker, a_job

pytestmark = pytest.mark.nightly

TASKS = """
[tasks.tidy]
run = "true"
"""
MANY = 100_000


@pytest.mark.damaged("it is whole, but to look at each of so many takes longer than a store waits")
def test_a_hundred_thousand_jobs_are_looked_through_as_few_are(draw: Draw, store: Store) -> None:
    """`tests/integration/watching/test_costs.py` holds what a look costs, `tests/bench/test_watching.py` its time."""
    for at in range(0, MANY, 1000):
        names = [(f"q{n:07}", f"task{n % 20}") for n in range(at, at + 1000)]
        store.do(store.verbs.submit([a_job(job, task, b'{"task":"%s"}' % task.encode()) for job, task in names]))
    SeedWorker(store).register().claim(1)
    terminal = draw("--interval", "500ms")
    terminal.shows("q0000000", f"{MANY:,}", "q quit")
    terminal.keys("G")
    terminal.shows("q0099999")
    terminal.keys("g")
    terminal.shows("q0000000")
    terminal.press(b"/task:task7\r")
    terminal.shows("q0000007", "task:task7")
    terminal.press(b"\x1b")
    terminal.keys("2")
    terminal.shows("2 Queues", f"{MANY - 1:,}")
    terminal.keys("q")
    assert terminal.end() == 0
