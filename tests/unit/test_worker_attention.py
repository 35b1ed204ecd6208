"""Whom an idle worker listens for: when it wakes a slot before it has read what has come."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from qctl.engine.attention import Attention
from qctl.store import Command, Keys


class Idle:
    """The attention of a worker whose claim stands behind its wait, until two seconds from now."""

    def __init__(self) -> None:
        self.now, self.roused = 0.0, 0
        self.turn = SimpleNamespace(stands=True, stood=None)
        line: Any = SimpleNamespace(up=True, ask=lambda *_, **__: True)
        self.line = line
        station: Any = SimpleNamespace(clock=lambda: self.now, verbs=SimpleNamespace(keys=Keys("attention")))
        selection: Any = SimpleNamespace(parts=("default",), every=False)
        options: Any = SimpleNamespace(only=(), until_empty=False)
        turn: Any = self.turn
        crew: Any = SimpleNamespace(rouse=self._rouse)
        sizing: Any = None
        attention = Attention(station, line, selection, crew, sizing, turn, options)
        claim: Command[Any] = Command(("PING",), str)
        attention.listener.arm(self.now, "one", ("default",), [claim], 2.0)

    def _rouse(self) -> None:
        self.roused += 1


@pytest.fixture
def idle() -> Idle:
    return Idle()


def test_a_slot_is_roused_while_the_claim_of_a_wait_is_read_that_has_ended_early(idle: Idle) -> None:
    idle.now = 1.9
    idle.line.on_readable()
    assert idle.roused == 1


def test_nobody_is_roused_by_a_wait_that_has_had_its_time(idle: Idle) -> None:
    """Else an idle worker would wake a slot each two seconds."""
    idle.now = 2.0
    idle.line.on_readable()
    assert idle.roused == 0


def test_nobody_is_roused_where_no_claim_stands_behind_the_wait(idle: Idle) -> None:
    idle.turn.stands = False
    idle.line.on_readable()
    assert idle.roused == 0
