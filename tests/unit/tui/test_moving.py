"""Where keys lead in lists and pages, and how far."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from qctl.client.following import LogPiece
from qctl.client.watching import JobPage, Snapshot
from qctl.model.output import STDOUT, Chunk
from qctl.tui.course import Course
from qctl.tui.screen import Page, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import RUNS, WAITS, course, said
from tests.unit.tui.pictures import text_of


def _written(lines: int) -> Snapshot:
    """A job that has written so many lines."""
    data = b"".join(b"line %d\n" % at for at in range(lines))
    return replace(instances.busy(), log=(LogPiece(RUNS, 1, Chunk(NOW_MS, STDOUT, data)),), log_dropped=0)


def _numbers(on: Course) -> list[int]:
    """Which of these lines are on the screen."""
    found = [re.search(r" line (\d+) ", text) for text in text_of(on.picture())]
    return [int(each[1]) for each in found if each]


class TestMoving:
    def test_the_cursor_stays_with_its_job_when_others_come_before_it(self) -> None:
        on = course(cursor=WAITS)
        jobs = instances.busy_jobs()
        on.take(replace(instances.busy(), page=JobPage(jobs=jobs[::-1], total=len(jobs))))
        assert on.screen.list.cursor == WAITS

    @pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15)])
    def test_a_page_is_turned_by_the_lines_that_are_seen(self, size: tuple[int, int]) -> None:
        on = course(page=Page.LOG, job=RUNS, width=size[0], height=size[1], snapshot=_written(200))
        on.press("pageup")
        above = _numbers(on)
        on.press("pagedown")
        below = _numbers(on)
        assert above[-1] + 1 == below[0], "no line is passed over, none is seen twice"

    def test_a_page_is_turned_back_from_its_end_at_once(self) -> None:
        for page, end, back in ((Page.HELP, "G", "pageup"), (Page.LOG, "g", "pagedown")):
            on = course(page=page, job=RUNS, snapshot=_written(200))
            on.press(end)
            before = text_of(on.picture())
            on.press(back)
            assert text_of(on.picture()) != before

    def test_it_follows_the_newest_until_it_is_moved(self) -> None:
        on = course()
        on.press("F")
        assert (on.screen.list.sort, on.screen.list.follow) == ("enqueued", True)
        jobs = instances.busy_jobs()
        on.take(replace(instances.busy(), page=JobPage(jobs=jobs[::-1], total=len(jobs))))
        assert on.screen.list.cursor == jobs[-1].id
        on.press("down")
        assert on.screen.list.follow is False

    def test_a_screen_that_stands_still_takes_no_look_until_a_page_is_opened(self) -> None:
        on = course(cursor=RUNS)
        on.press("z")
        assert on.take(instances.idle()) is False
        on.press("enter")
        assert on.screen.page is Page.JOB
        assert on.take(instances.busy()) is True

    def test_selecting_all_says_so_when_there_are_more_than_are_at_hand(self) -> None:
        page = replace(instances.busy().page, total=5_000)
        on = course(snapshot=replace(instances.busy(), page=page))
        on.press("A")
        assert len(on.screen.list.marked) == len(page.jobs)
        assert said(on).text.startswith(f"selected {len(page.jobs)} that are at hand, of 5,000")

    def test_a_number_that_is_only_as_far_as_was_read_says_so(self) -> None:
        page = replace(instances.busy().page, total=73, cut=True)
        on = course(snapshot=replace(instances.busy(), page=page))
        assert " 73+ ─" in text_of(on.picture())[3]
        on.press("A")
        assert "at hand, of 73+:" in said(on).text

    def test_the_end_is_the_last_that_can_be_reached(self) -> None:
        page = replace(instances.busy().page, total=73, cut=True)
        on = course(snapshot=replace(instances.busy(), page=page))
        on.press("G")
        assert on.wanted().first > 100_000, "as far as one may read"
        on.screen = on.screen.with_list(query="queue:batch")
        on.take(replace(instances.busy(), page=page))
        assert on.wanted().first > 100_000, "a look that was under way is not the answer"
        end = JobPage(first=10_000, total=10_000, cut=True, bounded=True, words="queue:batch")
        on.take(replace(instances.busy(), page=end))
        assert (on.screen.list.place, on.wanted().first) == (9_999, 9_979)
        assert " first 10,000 ─" in text_of(on.picture())[3]
        on.press("G")
        assert said(on).text.startswith("first 10,000: ")

    def test_a_warning_leads_to_what_it_is_about_and_can_be_taken_away(self) -> None:
        on = course()
        on.press("exclamation_mark")
        assert on.screen.view is View.QUEUES
        before = on.screen.dismissed
        on.press("x")
        assert len(on.screen.dismissed - before) == 1

    def test_a_warning_that_was_taken_away_comes_again_once_it_has_been_over(self) -> None:
        on = course()
        on.press("x")
        (gone,) = on.screen.dismissed
        on.take(instances.busy())
        assert on.screen.dismissed == {gone}
        on.take(instances.unanswered())
        assert on.screen.dismissed == {gone}, "a server that is away says nothing of it"
        on.take(instances.idle())
        assert on.screen.dismissed == frozenset()
