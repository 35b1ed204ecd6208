"""What the shell around the screen does: it reads keys, clicks and sizes, carries actions out, and draws little."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from textual import events
from textual.strip import Strip

from qctl.errors import UsageError
from qctl.tui import app as shell
from qctl.tui.canvas import Canvas
from qctl.tui.screen import Page, Toast, View
from tests.integration.tui.piloted import Instance, Stage, played, staged
from tests.unit import jobs_at_hand as at_hand
from tests.unit.tui import instances_at_hand as instances

SIZES = [(80, 24), (120, 40)]
RUNS, WAITS = at_hand.running().id, at_hand.queued().id


@pytest.mark.parametrize("size", SIZES)
def test_what_was_looked_at_is_on_the_screen_and_keys_go_through_it(size: tuple[int, int]) -> None:
    async def scene() -> None:
        async with staged(Instance(), size) as stage:
            assert (stage.course.screen.width, stage.course.screen.height) == size
            assert any("backup-db" in line for line in stage.drawn())
            canvas = stage.app.query_one(Canvas)
            assert "qctl top" in canvas.render_line(0).text
            await stage.pilot.press("2")
            assert stage.course.screen.view is View.QUEUES
            await stage.pilot.press("1", "enter")
            assert stage.course.screen.page is Page.JOB
            await stage.until(lambda: stage.instance.wants[-1].job == RUNS)
            await stage.pilot.press("escape", "question_mark")
            assert any("one up" in line for line in stage.drawn())

    played(scene)


def test_it_stands_before_the_first_answer() -> None:
    async def scene() -> None:
        async with staged(Instance(now=UsageError("Redis is away"))) as stage:
            await stage.until(lambda: any("Redis is away" in line for line in stage.drawn()))
            await stage.pilot.press("2", "c", "question_mark")
            assert stage.course.screen.page is Page.HELP
            stage.instance.now = instances.busy()
            await stage.pilot.press("escape", "1")
            await stage.until(lambda: any("backup-db" in line for line in stage.drawn()))

    played(scene)


def _has_size(stage: Stage, size: tuple[int, int]) -> bool:
    return (stage.course.screen.width, stage.course.screen.height) == size


def test_it_takes_the_size_of_its_terminal() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            for size in ((120, 40), (40, 8), (80, 24)):
                await stage.pilot.resize_terminal(*size)
                await stage.until(partial(_has_size, stage, size))
                assert len(stage.drawn()) == size[1]

    played(scene)


def test_an_action_is_carried_out_and_what_it_came_to_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "TOAST_S", 0.3)

    async def scene() -> None:
        async with staged(Instance()) as stage:
            await stage.pilot.press("down", "down")
            looks = len(stage.instance.wants)
            await stage.pilot.press("plus")
            await stage.until(lambda: stage.instance.acted == [("prioritise", ((WAITS,), 1))])
            await stage.until(lambda: any(f"{WAITS}: priority 6" in line for line in stage.drawn()))
            await stage.until(lambda: len(stage.instance.wants) > looks)
            await stage.until(lambda: stage.course.screen.toast is None)

    played(scene)


def test_what_names_a_file_stands_until_the_next_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "TOAST_S", 0.05)

    async def scene() -> None:
        async with staged(Instance()) as stage:
            stage.app._tell(Toast(text="a.log: wrote 9B", stays=True))  # noqa: SLF001, RUF100
            await stage.pilot.pause(0.3)
            assert any("a.log: wrote 9B" in line for line in stage.drawn())
            await stage.pilot.press("down")
            assert stage.course.screen.toast is None

    played(scene)


def test_a_name_that_is_proposed_gives_way_to_what_is_typed() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            await stage.pilot.press("l", "s", "x")
            assert stage.course.screen.prompt is not None
            assert stage.course.screen.prompt.text == "x"

    played(scene)


def test_an_action_that_fails_is_told_and_the_screen_goes_on() -> None:
    async def scene() -> None:
        error = UsageError("this user may not write", help="qctl doctor")
        async with staged(Instance(), error=error) as stage:
            await stage.pilot.press("down", "down", "plus")
            await stage.until(lambda: stage.course.screen.toast is not None)
            assert any("this user may not write (qctl doctor)" in line for line in stage.drawn())
            await stage.pilot.press("2")
            assert stage.course.screen.view is View.QUEUES

    played(scene)


def test_a_filter_is_typed_at_the_bottom() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            await stage.pilot.press("slash", *"queue:c", "q")
            assert "filter queue:cq" in stage.drawn()[-1]
            assert stage.course.screen.list.query == "queue:cq", "keys that do something else are letters now"
            await stage.until(lambda: stage.instance.wants[-1].query is not None)
            await stage.pilot.press("enter", "slash", "ctrl+u", "up")
            assert "filter queue:cq" in stage.drawn()[-1]
            await stage.pilot.press("ctrl+c")
            assert (stage.course.screen.prompt, stage.course.screen.list.query) == (None, "")
            assert stage.app._running  # noqa: SLF001, RUF100

    played(scene)


def test_keys_that_come_together_with_the_one_that_opens_a_line_are_typed_into_it() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            stage.type("/task:hostile")
            await stage.until(lambda: stage.course.screen.list.query == "task:hostile")
            assert "filter task:hostile" in stage.drawn()[-1]
            assert stage.course.screen.view is View.JOBS

    played(scene)


def test_no_key_is_lost_that_comes_together_with_others() -> None:
    """A line with its Enter, commands, questions and their answers, all in one burst."""

    async def scene() -> None:
        async with staged(Instance()) as stage:
            stage.type("/task:hostile\r2:queue batch\rjz/ task:x\r3?")
            await stage.until(lambda: stage.course.screen.page is Page.HELP)
            screen = stage.course.screen
            assert screen.view is View.WORKERS
            meant = 'queue:"batch" state:active task:x'
            assert screen.lists[View.JOBS].query == meant
            assert screen.recalled == (meant, "task:hostile")
            assert screen.lists[View.QUEUES].query == ""

    played(scene)


def test_what_is_pasted_goes_into_the_line_and_is_no_keys_elsewhere() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            stage.app.post_message(events.Paste("cy2"))
            await stage.until(lambda: stage.course.screen.toast is not None)
            assert (stage.course.screen.view, stage.course.screen.question) == (View.JOBS, None)
            assert any("what was pasted is left alone" in line for line in stage.drawn())
            stage.type("/")
            stage.app.post_message(events.Paste("task:a\r\ntask:b\x1b"))
            await stage.until(lambda: stage.course.screen.prompt is not None and stage.course.screen.prompt.text)
            assert "filter task:a task:b" in stage.drawn()[-1]

    played(scene)


def test_the_palette_finds_what_a_key_does_and_what_is_at_hand() -> None:
    async def scene() -> None:
        async with staged(Instance()) as stage:
            await stage.pilot.press("colon")
            assert any("Commands" in line for line in stage.drawn())
            await stage.pilot.press(*"queue batch", "enter")
            assert stage.course.screen.list.query == 'queue:"batch" state:active'
            assert stage.course.screen.prompt is None

    played(scene)


def test_clicks_and_the_wheel_move_the_cursor() -> None:
    async def scene() -> None:
        async with staged(Instance(), (120, 40)) as stage:
            line = next(at for at, text in enumerate(stage.drawn()) if WAITS in text)
            await stage.pilot.click(Canvas, offset=(10, line))
            assert stage.course.screen.list.cursor == WAITS
            await stage.pilot.click(Canvas, offset=(12, 1))
            assert stage.course.screen.view is View.QUEUES
            await stage.pilot.press("1")
            await stage.pilot.click(Canvas, offset=(10, line), times=2)
            assert stage.course.screen.page is Page.JOB

    played(scene)


def test_nothing_is_drawn_when_nothing_changes_and_little_when_little_does(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    render = Canvas.render_line

    def noted(canvas: Canvas, y: int) -> Strip:
        drawn.append(y)
        return render(canvas, y)

    monkeypatch.setattr(Canvas, "render_line", noted)

    async def scene() -> None:
        async with staged(Instance(), (120, 40)) as stage:
            await stage.pilot.pause()
            drawn.clear()
            stage.course.take(instances.busy())
            stage.app._changed()  # noqa: SLF001, RUF100 - as after a look that found the same
            await stage.pilot.pause()
            assert drawn == []
            jobs = instances.busy_jobs()
            other = (replace(jobs[0], progress=0.9), *jobs[1:])
            stage.course.take(replace(instances.busy(), page=replace(instances.busy().page, jobs=other)))
            stage.app._changed()  # noqa: SLF001, RUF100
            await stage.pilot.pause()
            assert len(set(drawn)) == 1

    played(scene)


def test_quitting_carries_out_what_was_asked_for_and_lets_connections_go() -> None:
    async def scene() -> None:
        instance = Instance()
        async with staged(instance) as stage:
            await stage.pilot.press("down", "down", "plus", "q")
        assert instance.acted[0][0] == "prioritise"
        assert {"close", "closed client"} <= {name for name, _ in instance.acted}
        assert stage.app.return_code == 0

    played(scene)


@pytest.mark.parametrize("where", ["reading", "acting"])
def test_a_bug_in_a_thread_ends_the_screen_and_is_told(where: str) -> None:
    async def scene() -> None:
        bug = ZeroDivisionError("a bug")
        instance = Instance()
        async with staged(instance, error=bug) as stage:
            if where == "reading":
                instance.now = bug
                await stage.pilot.press("2")
            else:
                await stage.pilot.press("down", "down", "plus")
            await stage.until(lambda: stage.app.broken is bug)

    with pytest.raises(ZeroDivisionError):
        played(scene)
