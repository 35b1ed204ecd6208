"""The panels of a large screen: above the list throughput and queues, below it what comes next and what failed."""

from __future__ import annotations

from qctl.client.watching import Snapshot
from qctl.tui import frame
from qctl.tui.look import Look
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Screen


def upper_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """Throughput on the left, the queues on the right."""
    width, height = room
    left = width // 2
    return frame.beside(
        frame.box((Span("Throughput"),), (), [], left, height, look),
        frame.box((Span("Queues"),), (), [], width - left, height, look),
    )


def lower_panels(snapshot: Snapshot, screen: Screen, look: Look, room: tuple[int, int]) -> list[Line]:
    """What is fired next on the left, the newest failures on the right."""
    width, height = room
    left = width // 2
    return frame.beside(
        frame.box((Span("Next scheduled"),), (), [], left, height, look),
        frame.box((Span("Recent failures"),), (), [], width - left, height, look),
    )
