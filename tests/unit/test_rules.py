"""What a configuration limits over all workers, as it is declared to the store."""

from __future__ import annotations

import pytest

from qctl.model.call import Kind
from qctl.model.rules import parse_rate, rules_of
from qctl.model.task import Queue, Task


@pytest.mark.parametrize(
    ("text", "rate"), [("10/s", (10, 1000)), ("100/m", (100, 60_000)), ("500/h", (500, 3_600_000))]
)
def test_a_rate_is_so_many_starts_in_a_window(text: str, rate: tuple[int, int]) -> None:
    assert parse_rate(text) == rate


def test_only_what_is_limited_has_a_rule() -> None:
    tasks = [
        Task(name="free", kind=Kind.RUN, run="true"),
        Task(name="dump", kind=Kind.RUN, run="true", max_running=2, lock="db"),
        Task(name="fetch", kind=Kind.RUN, run="true", rate_limit="100/m"),
    ]
    queues = [Queue(name="wide"), Queue(name="narrow", max_length=10, max_running=1, rate_limit="5/s")]

    assert rules_of(tasks, queues) == {
        "task:dump": {"running": 2, "locks": ["db"]},
        "task:fetch": {"starts": 100, "window": 60_000},
        "queue:narrow": {"running": 1, "starts": 5, "window": 1000, "length": 10},
    }


def test_whoever_judges_a_dead_workers_jobs_is_told_how_many_losses_end_those_of_a_task() -> None:
    tasks = [
        Task(name="usual", kind=Kind.RUN, run="true"),
        Task(name="once", kind=Kind.RUN, run="true", redeliver=False),
        Task(name="staunch", kind=Kind.RUN, run="true", max_losses=50),
        Task(name="frail", kind=Kind.RUN, run="true", max_losses=0),
    ]

    assert rules_of(tasks, []) == {
        "lost:once": {"losses": 1},
        "lost:staunch": {"losses": 50},
        "lost:frail": {"losses": 0},
    }
