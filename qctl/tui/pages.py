"""The pages that fill a screen: a job, its output, help. Each answers exactly as many lines as it has room for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from qctl.client.watching import Snapshot
from qctl.tui.look import Look
from qctl.tui.picture import Line, Span
from qctl.tui.screen import Page, Screen

Draw = Callable[[Screen, Snapshot, Look, tuple[int, int]], list[Line]]


def _later(screen: Screen, snapshot: Snapshot, look: Look, room: tuple[int, int]) -> list[Line]:
    return [(Span(screen.page.value),), *[()] * (room[1] - 1)]


PAGES: Final[Mapping[Page, Draw]] = MappingProxyType({Page.JOB: _later, Page.LOG: _later, Page.HELP: _later})
