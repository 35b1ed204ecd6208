"""What Textual shows is the picture that was drawn: at once, after a change of some cells, and after a resize."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from xml.etree import ElementTree

import pytest
from textual.pilot import Pilot

from qctl.client import Client
from qctl.client.watching import Snapshot, Want
from qctl.model.cells import pad
from qctl.tui.app import TopApp
from qctl.tui.canvas import Canvas, rich_style
from qctl.tui.course import Course
from qctl.tui.picture import Picture, changes
from qctl.tui.screen import Screen, View
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import LOOK, drawn, text_of

_CELL: Final = 12.2  #: how wide a cell is in that picture


@dataclass
class Looking:
    """Answers what it was given, whatever is wanted."""

    snapshot: Snapshot

    def look(self, want: Want) -> Snapshot:
        return self.snapshot

    def close(self) -> None:
        """There is nothing to let go."""


def _no_client() -> Client:
    raise AssertionError("nothing is done here")


def _run(
    size: tuple[int, int], snapshot: Snapshot, walk: Callable[[Pilot[None], Course], Coroutine[Any, Any, None]]
) -> None:
    course = Course(Screen(), snapshot, lambda now_ms: LOOK)
    app = TopApp(Looking(snapshot), course, _no_client)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await walk(pilot, course)

    asyncio.run(run())


def _shown(pilot: Pilot[None]) -> list[str]:
    """The lines that Textual shows, read from a picture of its own."""
    lines: dict[float, str] = defaultdict(str)
    for node in ElementTree.fromstring(pilot.app.export_screenshot()).iter("{http://www.w3.org/2000/svg}text"):
        if "-title" not in node.attrib.get("class", ""):
            x, y = float(node.attrib["x"]), float(node.attrib["y"])
            lines[y] = pad(lines[y], round(x / _CELL)) + (node.text or "").replace("\xa0", " ")
    return [line.rstrip() for _, line in sorted(lines.items()) if line.strip()]


def _drawn(course: Course) -> list[str]:
    """The lines that were drawn, as far as there is something in them."""
    return [line.rstrip() for line in text_of(course.picture()) if line.strip()]


@pytest.mark.parametrize(
    ("size", "made"),
    [
        ((80, 24), instances.busy),
        ((80, 24), instances.idle),
        ((120, 40), instances.busy),
        ((120, 40), instances.hostile),
        ((60, 15), instances.hostile),
    ],
)
def test_every_view_is_shown_as_it_was_drawn(size: tuple[int, int], made: Callable[[], Snapshot]) -> None:
    async def walk(pilot: Pilot[None], course: Course) -> None:
        for at, view in enumerate(View, 1):
            await pilot.press(str(at))
            await pilot.pause()
            assert course.screen.view is view
            assert _shown(pilot) == _drawn(course)

    _run(size, made(), walk)


def test_a_resize_draws_all_of_it_anew() -> None:
    async def walk(pilot: Pilot[None], course: Course) -> None:
        for width, height in ((120, 40), (60, 15), (200, 60), (80, 24), (20, 3)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            assert (course.screen.width, course.screen.height) == (width, height)
            assert _shown(pilot) == _drawn(course)

    _run((80, 24), instances.busy(), walk)


def test_what_is_cut_out_of_a_line_to_be_sent_is_what_stands_there() -> None:
    """Case L6: Textual cuts by Rich's measure of letters; both pictures hold letters of every width."""
    looked = [drawn(Screen(view=view), made()) for view in View for made in (instances.hostile, instances.busy)]
    canvas = Canvas(colour=True)
    for before, after in pairwise(looked):
        _shows(canvas, after)
        for stretch in changes(before, after):
            strip = canvas.render_line(stretch.row)
            left, right = stretch.left, stretch.left + stretch.cells
            assert strip.crop(0, left).text + strip.crop(left, right).text + strip.crop(right, 80).text == strip.text


def _shows(canvas: Canvas, picture: Picture) -> None:
    """Let a canvas that is on no screen hold a picture."""
    canvas._picture = picture


def test_without_colour_nothing_but_weight_is_left() -> None:
    """NO_COLOR: a state is told by its word."""
    assert rich_style("bad", colour=False).color is None
    assert rich_style("error", colour=False).bold
    assert rich_style("bad title", colour=True).color is not None
