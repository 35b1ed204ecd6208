"""How much a changed picture sends to the terminal."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip

from qctl.client.watching import JobPage, Snapshot
from qctl.tui.canvas import Cells, rich_style
from qctl.tui.course import Course
from qctl.tui.look import Look
from qctl.tui.picture import Picture, Stretch, changes
from qctl.tui.screen import Screen
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NOW_MS, SECOND
from tests.unit.tui import instances_at_hand as instances

MOST = 2 * 2048  #: bytes of one look each 2 s


def running(look: int) -> Snapshot:
    """Forty jobs, each of which has gone on by some percent since the look before, and whose age is told in seconds."""
    now_ms = NOW_MS + look * 2 * SECOND
    jobs = tuple(
        replace(
            at_hand.running(),
            id=f"7kq2f{number:03}",
            started_ms=NOW_MS - number * SECOND,
            progress=(7 * look + number) % 100 / 100,
        )
        for number in range(40)
    )
    busy = instances.busy()
    return replace(busy, now_ms=now_ms, page=JobPage(jobs=jobs, total=40))


def pictures(*looks: Snapshot) -> list[Picture]:
    now = [NOW_MS]
    course = Course(Screen(width=120, height=80), instances.idle(), lambda _: Look(now_ms=now[0]))
    found = []
    for look in looks:
        now[0] = look.now_ms
        course.take(look)
        found.append(course.picture())
    return found


def sent(before: Picture, after: Picture) -> str:
    console = Console(force_terminal=True, color_system="standard", no_color=False)
    parts: list[tuple[Stretch, Strip]] = []
    for each in changes(before, after):
        line = after.lines[each.row]
        strip = Strip([Segment(span.text, rich_style(span.style, colour=True)) for span in line])
        parts.append((each, strip.crop(each.left, each.left + each.cells)))
    return Cells(parts).render_segments(console)


def test_forty_rows_that_change_at_every_look_send_at_most_two_kibibytes_a_second() -> None:
    for before, after in zip(found := pictures(*(running(look) for look in range(5))), found[1:], strict=False):
        told = sent(before, after)
        assert told.count("%") >= 40
        assert len(told.encode()) <= MOST


def test_a_look_that_found_the_same_sends_nothing() -> None:
    before, after = pictures(running(1), running(1))
    assert sent(before, after) == ""


def test_of_a_line_only_what_has_changed_is_sent() -> None:
    busy = instances.busy()
    jobs = (replace(busy.page.jobs[0], progress=0.99), *busy.page.jobs[1:])
    before, after = pictures(busy, replace(busy, page=replace(busy.page, jobs=jobs)))
    assert "99%" in sent(before, after)
    assert len(sent(before, after).encode()) < 60
