"""What a click and a wheel are on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.tui.course import Course
from qctl.tui.look import Look
from qctl.tui.screen import Page, Screen, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.pictures import text_of

SIZES = [(80, 24), (120, 40), (60, 12)]


def course(size: tuple[int, int], view: View = View.JOBS) -> Course:
    made = Course(Screen(width=size[0], height=size[1], view=view), instances.idle(), lambda _: Look(now_ms=NOW_MS))
    made.take(instances.busy())
    return made


def line_of(on: Course, text: str) -> int:
    return next(at for at, line in enumerate(text_of(on.picture())) if text in line)


@pytest.mark.parametrize("size", SIZES)
def test_a_click_on_a_row_puts_the_cursor_there_and_a_second_one_opens_it(size: tuple[int, int]) -> None:
    on = course(size)
    job = instances.busy_jobs()[2].id
    at = (10, line_of(on, job))
    on.click(at, twice=False)
    assert (on.screen.list.cursor, on.screen.page) == (job, Page.LIST)
    on.click(at, twice=True)
    assert (on.screen.page, on.screen.job) == (Page.JOB, job)


@pytest.mark.parametrize("size", SIZES)
def test_a_click_beside_the_rows_does_nothing(size: tuple[int, int]) -> None:
    on = course(size)
    for at in ((0, 0), (5, size[1] - 1), (5, line_of(on, "TASK"))):
        before = on.screen
        on.click(at, twice=True)
        assert on.screen == before


def test_a_click_on_a_tab_shows_its_view() -> None:
    on = course((120, 40))
    line = text_of(on.picture())[1]
    for view in View:
        on.click((line.index(f"]{view.value.capitalize()}"), 1), twice=False)
        assert on.screen.view is view


def test_rows_that_were_scrolled_to_are_clicked_where_they_stand() -> None:
    on = course((60, 6))
    on.press("end")
    last = instances.busy_jobs()[-1].id
    first_seen = next(line for line in text_of(on.picture())[2:] if "7k" in line)
    on.click((3, line_of(on, first_seen)), twice=False)
    assert on.screen.list.cursor in first_seen
    assert on.screen.list.cursor != last


def test_a_page_has_no_rows_to_click() -> None:
    on = course((80, 24))
    on.press("enter")
    before = on.screen
    on.click((10, 8), twice=True)
    assert replace(on.screen, toast=None) == before
