"""Lines that are typed at the bottom of a screen, and what one does with output that fills it."""

from __future__ import annotations

from dataclasses import replace

from qctl.client.following import LogPiece
from qctl.model.output import STDOUT, Chunk
from qctl.tui.course import Course
from qctl.tui.layout import page_lines
from qctl.tui.screen import Page, Purpose, Toast
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import RUNS, course, effect, line, put, said
from tests.unit.tui.pictures import text_of


class TestLines:
    def test_a_filter_is_followed_while_it_makes_sense_and_complains_where_it_does_not(self) -> None:
        on = course()
        on.press("slash")
        assert line(on).purpose is Purpose.FILTER
        put(on, "queue:batch")
        assert on.screen.list.query == "queue:batch"
        put(on, "queue:batch stat")
        put(on, "queue:batch stat:x")
        assert "no field `stat`" in line(on).complaint
        assert on.screen.list.query == "queue:batch stat"
        assert on.press("enter") == ()
        assert line(on), "a line that makes no sense is not taken"

    def test_the_edge_tells_of_the_filter_whose_rows_are_shown(self) -> None:
        """Title, count and rows are of one answer, and what is half typed says that the one before stands."""
        on = course()
        on.press("slash")
        put(on, "task:x")
        assert "active, and what failed" in text_of(on.picture())[3]
        on.take(replace(instances.busy(), page=replace(instances.busy().page, words="task:x", total=3)))
        assert "─ task:x  3 ─" in text_of(on.picture())[3]
        put(on, "task:")
        assert "─ still task:x  3 ─" in text_of(on.picture())[3]
        assert on.screen.list.query == "task:x"

    def test_what_another_filter_hides_is_selected_no_more(self) -> None:
        on = course(cursor=RUNS)
        on.press("space")
        on.press("slash")
        put(on, "queue:elsewhere")
        assert on.screen.list.marked == frozenset()

    def test_escape_takes_the_filter_away(self) -> None:
        on = course()
        on.press("slash")
        put(on, "queue:batch")
        on.press("escape")
        assert (on.screen.prompt, on.screen.list.query) == (None, "")

    def test_filters_typed_before_come_back_by_the_arrows(self) -> None:
        on = course()
        for text in ("one", "two"):
            on.press("slash")
            put(on, text)
            on.press("enter")
        on.press("slash")
        found = []
        for key in ("up", "up", "up", "down", "down", "down"):
            on.press(key)
            found.append(line(on).text)
        assert found == ["two", "one", "one", "two", "", ""]
        assert on.screen.recalled == ("two", "one")


class TestOutput:
    def opened(self) -> Course:
        return course(page=Page.LOG, job=RUNS, before=(Page.LIST,))

    def test_text_is_found_from_the_newest_line_on_and_round_again(self) -> None:
        on = self.opened()
        on.press("slash")
        put(on, "PG_DUMP")
        on.press("enter")
        assert said(on).text == "1 of 1: n next, N before"
        assert on.screen.log.follow is False
        on.press("n")
        assert on.screen.log.found == 1

    def test_text_is_found_from_where_one_is_on_where_one_follows_no_more(self) -> None:
        data = b"".join(b"line %d\n" % at for at in range(200))
        written = replace(instances.busy(), log=(LogPiece(RUNS, 1, Chunk(NOW_MS, STDOUT, data)),), log_dropped=0)
        on = course(page=Page.LOG, job=RUNS, before=(Page.LIST,), snapshot=written)
        for _ in range(3):
            on.press("pageup")
        first = 200 - 4 * page_lines(80, 24)
        on.press("slash")
        put(on, "line")
        on.press("enter")
        assert on.screen.log.found == first, "the first line that is seen"
        on.press("n")
        assert on.screen.log.found == first + 1
        on.press("N")
        on.press("N")
        assert on.screen.log.found == first - 1

    def test_what_is_saved_is_told_at_once(self) -> None:
        on = self.opened()
        on.press("s")
        on.press("enter")
        assert on.screen.prompt is None
        assert said(on).text == f"writing {RUNS}.log"

    def test_text_that_is_not_there_is_told(self) -> None:
        on = self.opened()
        on.press("slash")
        put(on, "nowhere")
        on.press("enter")
        assert said(on) == Toast(text="no line holds nowhere", bad=True)
        on = self.opened()
        on.press("n")
        assert said(on).text == "nothing is sought yet: / finds"

    def test_streams_are_told_apart_and_lines_wrapped(self) -> None:
        on = self.opened()
        found = []
        for _ in range(3):
            on.press("o")
            found.append(on.screen.log.stream)
        assert found == ["o", "e", ""]
        on.press("w")
        assert on.screen.log.wrap

    def test_all_of_it_is_saved_to_the_file_that_is_named(self) -> None:
        on = self.opened()
        on.press("s")
        assert line(on).text == f"{RUNS}.log"
        put(on, "/tmp/else.log")
        assert on.press("enter") == (effect("save", RUNS, text="/tmp/else.log"),)
