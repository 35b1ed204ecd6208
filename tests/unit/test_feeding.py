"""What feeds an open group says that it is there, also while nothing comes: else the store cancels the workflow."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from itertools import count
from typing import Any, cast

import pytest

from qctl import clock
from qctl.cli.ending_signals import EndingSignals
from qctl.cli.feeding import Arriving, Feeder
from qctl.client import Client
from qctl.client.workflows import OpenGroup
from qctl.model.workflow.tree import Step, Tree


class Group:
    """An open group that notes what is asked of it."""

    workflow_id, members = "7kq50xyz", 0

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def hold(self, within_ms: int) -> None:
        self.asked.append(within_ms)

    def add(self, members: Sequence[Tree]) -> None:
        self.asked += [one.task for one in members if isinstance(one, Step)]

    def seal(self) -> None:
        self.asked.append("sealed")


class Lines:
    """Stdin, of which each look takes what is next."""

    def __init__(self, *batches: Sequence[str]) -> None:
        self._batches = list(batches)

    @property
    def ended(self) -> bool:
        return not self._batches

    def batch(self, _wait: float | None, _waiting: object) -> Sequence[tuple[int, str]]:
        return list(enumerate(self._batches.pop(0)))


def feeding(group: Group, lines: Lines) -> Feeder:
    return Feeder(
        cast("Client", None),
        cast("OpenGroup", group),
        cast("Arriving", lines),
        lambda found: tuple(Step(task=text) for _, text in found),
        EndingSignals(),
    )


def test_who_waits_for_a_group_too_adds_all_lines_that_are_there_between_two_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A look a second would else be all that a pipe of many lines is added by."""
    monkeypatch.setattr(clock, "monotonic", lambda: 1000.0)  # however long a busy machine takes
    group, full = Group(), ["x"] * 500
    feeder = feeding(group, Lines(full, full, ["last"], ["of the next look"], []))
    feeder.catch_up()
    assert group.asked[1:] == [*full, *full, "last"]


def test_an_endless_pipe_does_not_keep_who_waits_from_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = count(1000.0, 0.1)
    monkeypatch.setattr(clock, "monotonic", lambda: next(moments))
    group, full = Group(), ["x"] * 500
    feeding(group, Lines(*[full] * 50)).catch_up()
    assert 500 < group.asked.count("x") < 50 * 500


def test_who_feeds_a_group_says_so_each_minute_whether_or_not_lines_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is killed, the workflow is given up after five minutes, and not after a day."""
    now = [1000.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    group, lines = Group(), Lines(["a"], [], [], ["b"], [])
    feeder = feeding(group, lines)
    for passed in (0.0, 30.0, 31.0, 1.0, 1.0):
        now[0] += passed
        feeder.step()
    assert group.asked == [300_000, "a", 300_000, "b", "sealed"]
    assert feeder.done


def test_a_signal_is_obeyed_where_something_is_waited_for_and_not_in_the_midst_of_a_call() -> None:
    """Of a call that was broken off an answer would be left, which the next call took for its own."""
    with EndingSignals() as signals:
        signals.check()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signals.check()
        with pytest.raises(KeyboardInterrupt), signals.waiting():
            raise AssertionError("it waits, though a signal came")
        assert signals.code(130) == 143
    with EndingSignals() as signals, pytest.raises(KeyboardInterrupt), signals.waiting():
        os.kill(os.getpid(), signal.SIGHUP)
    assert signals.code(130) == 129
    assert EndingSignals().code(0) == 0


def test_a_second_signal_is_obeyed_at_once() -> None:
    with EndingSignals() as signals:
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signals.code(0) == 130
