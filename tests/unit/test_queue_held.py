"""What holds back everything that waits in a queue."""

from __future__ import annotations

from typing import Any

import pytest

from qctl.client.queueing import what_holds
from qctl.client.terms import Pause, Queue


def a_queue(name: str, running: int) -> Queue:
    return Queue(name=name, ready=1, running=running, scheduled=0, oldest_ms=None)


def a_pause(reason: str = "") -> Pause:
    return Pause(by="ana", reason=reason, at_ms=1, until_ms=None)


@pytest.mark.parametrize(
    ("queue", "rule", "held"),
    [
        ("batch", {}, ""),
        ("batch", {"running": 4}, ""),
        ("batch", {"running": 3}, "max_running of queue batch"),
        ("batch@db1", {"running": 3}, "max_running of queue batch"),
        ("mails", {}, "queue mails is paused by ana (late)"),
        ("mails@db1", {"running": 0}, "queue mails is paused by ana (late)"),
    ],
)
def test_a_queue_is_held_by_its_pause_or_by_what_runs_of_all_its_parts(
    queue: str, rule: dict[str, Any], held: str
) -> None:
    queues = [a_queue("batch", 1), a_queue("batch@db1", 2), a_queue("batches", 9)]
    assert what_holds(queue, {"mails": a_pause("late")}, queues, rule) == held


def test_all_queues_may_be_paused() -> None:
    assert what_holds("batch", {"*": a_pause()}, [], {}) == "every queue is paused by ana"
