"""Keys for the rows of a filter that has not been looked for yet: they wait, and what comes behind them does too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.client.watching import JobPage, Snapshot
from qctl.tui.course import Course
from qctl.tui.screen import View
from tests.unit import jobs_at_hand as at_hand
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import WAITS, course, effect, line, put, said


def answered(words: str) -> Snapshot:
    """The look at a filter that one queued job matches."""
    page = JobPage(jobs=(at_hand.queued(),), total=1, words=words)
    return replace(instances.busy(), page=page)


def filtered(text: str, view: View = View.JOBS) -> Course:
    on = course(view)
    on.press("slash")
    put(on, text)
    on.press("enter")
    return on


def test_a_key_for_a_row_waits_for_the_look_that_answers_the_filter() -> None:
    on = filtered("queue:batch")
    assert on.press("plus") == (), "the rows that are shown are not those that are meant"
    on.take(instances.busy())
    assert on.press_held() == (), "a look that was under way is not the answer"
    on.take(answered("queue:batch"))
    assert on.press_held() == (effect("prioritise", WAITS, by="1"),)
    assert on.press_held() == (), "it is pressed once"


def test_what_comes_behind_it_waits_too_and_keeps_its_order() -> None:
    on = filtered("queue:batch")
    for key in ("plus", "2", "question_mark"):
        assert on.press(key) == ()
    assert on.screen.view is View.JOBS
    on.take(answered("queue:batch"))
    assert on.press_held() == (effect("prioritise", WAITS, by="1"),)
    assert (on.screen.view, on.screen.page.value) == (View.QUEUES, "help")


def test_a_second_filter_behind_it_is_waited_for_by_itself() -> None:
    on = filtered("queue:batch")
    for key, character in (("plus", "+"), ("slash", "/"), ("end", None), ("x", "x"), ("enter", None), ("minus", "-")):
        on.press(key, character)
    on.take(answered("queue:batch"))
    assert on.press_held() == (effect("prioritise", WAITS, by="1"),)
    assert on.screen.list.query == "queue:batchx"
    on.take(answered("queue:batchx"))
    assert on.press_held() == (effect("prioritise", WAITS, by="-1"),)


@pytest.mark.parametrize(("key", "view"), [("2", View.QUEUES), ("tab", View.QUEUES)])
def test_a_key_for_no_row_is_pressed_at_once(key: str, view: View) -> None:
    on = filtered("queue:batch")
    on.press(key)
    assert on.screen.view is view


def test_a_command_for_a_row_waits_as_its_key_does() -> None:
    on = filtered("queue:batch")
    on.press("colon")
    put(on, "raise the priority")
    assert on.press("enter") == ()
    assert line(on).text == "raise the priority"
    on.take(answered("queue:batch"))
    assert on.press_held() == (effect("prioritise", WAITS, by="1"),)


def test_what_is_pasted_behind_it_waits_too() -> None:
    on = filtered("queue:batch")
    on.press("plus")
    on.press("slash")
    on.press("end")
    on.paste(" task:x")
    on.press("enter")
    on.take(answered("queue:batch"))
    on.press_held()
    assert on.screen.list.query == "queue:batch task:x"


def test_no_click_overtakes_it() -> None:
    on = filtered("queue:batch")
    found = [on.is_free]
    on.press("plus")
    found.append(on.is_free)
    on.take(answered("queue:batch"))
    on.press_held()
    assert [*found, on.is_free] == [True, False, True]


def test_failures_are_waited_for_where_the_filter_is_read_for() -> None:
    """Words are found in the rows that are there."""
    on = filtered("connection", View.FAILURES)
    assert on.press("q") == (effect("quit"),)
    on = filtered("task:nightly", View.FAILURES)
    on.press("i")
    assert on.screen.job == ""
    on.take(replace(instances.busy(), errors_sought="task:nightly"))
    on.press_held()
    assert on.screen.job != ""


def test_a_server_that_is_away_lets_them_go_and_it_is_said() -> None:
    on = filtered("queue:batch")
    on.press("plus")
    on.press("q")
    on.take(replace(instances.busy(), trouble="redis is away"))
    assert on.press_held() == ()
    assert said(on).text == "this list has not been looked for yet: that key was for no row"
    assert on.press("q") == (effect("quit"),)


def test_ctrl_c_leaves_at_once() -> None:
    on = filtered("queue:batch")
    on.press("plus")
    assert on.press("ctrl+c") == (effect("quit"),)


def test_rows_that_stand_still_are_meant_as_they_stand() -> None:
    on = course()
    on.press("z")
    on.screen = on.screen.with_list(query="queue:batch")
    on.press("i")
    assert on.screen.page.value == "job"
