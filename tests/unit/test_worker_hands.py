"""How many jobs are offered to stand in one slot's hand at once."""

from __future__ import annotations

import pytest

from qctl.engine.backlog import Durations
from qctl.engine.claims import Held
from qctl.engine.hands import IN_ONE_HAND, in_one_hand
from qctl.model.call import Kind
from qctl.model.task import Task
from qctl.store.values import Claim

NOOP = Task(name="noop", kind=Kind.CALL, call="m:noop")
NICE = Task(name="nice", kind=Kind.CALL, call="m:noop", nice=5)
SHELL = Task(name="shell", kind=Kind.RUN, run="true")


def jobs(*tasks: Task | None) -> list[Held]:
    return [
        Held(Claim(f"j{at}", 1, 1, task.name if task else "adhoc", "q", 0, 0, 0, 0, b"{}"), "w", task, 0.0)
        for at, task in enumerate(tasks)
    ]


def known(**seconds: float) -> Durations:
    durations = Durations()
    for task, duration in seconds.items():
        durations.note(task, duration)
    return durations


def test_two_milliseconds_of_short_jobs_stand_in_one_hand_and_never_more_than_an_even_share() -> None:
    waiting = jobs(*[NOOP] * 64)

    assert in_one_hand(waiting, known(noop=0.00008), share=500) == (waiting, 20)
    assert in_one_hand(waiting, known(noop=0.0), share=500) == (waiting, int(IN_ONE_HAND / 0.00002))
    assert in_one_hand(waiting, known(noop=0.0), share=5) == (waiting, 5)


@pytest.mark.parametrize("share", [0, 1])
def test_a_few_jobs_stand_alone_for_another_slot_may_be_free(share: int) -> None:
    waiting = jobs(*[NOOP] * 3)

    assert in_one_hand(waiting, known(noop=0.0), share) == (waiting, 1)


@pytest.mark.parametrize("task", [NICE, SHELL, None])
def test_what_costs_a_process_stands_alone_however_short_it_is(task: Task | None) -> None:
    waiting = jobs(*[task] * 20)

    assert in_one_hand(waiting, known(nice=0.0, shell=0.0, adhoc=0.0), share=10) == (waiting, 1)


def test_a_task_never_seen_or_long_stands_alone() -> None:
    waiting = jobs(*[NOOP] * 20)

    assert in_one_hand(waiting, Durations(), share=10) == (waiting, 1)
    assert in_one_hand(waiting, known(noop=0.0015), share=10) == (waiting, 1)


def test_jobs_are_offered_in_their_order_short_ones_and_others_apart() -> None:
    waiting = jobs(NOOP, NOOP, SHELL, NOOP)
    durations = known(noop=0.0)

    assert in_one_hand(waiting, durations, share=2) == (waiting[:2], 2)
    assert in_one_hand(waiting[2:], durations, share=2) == (waiting[2:3], 1)
