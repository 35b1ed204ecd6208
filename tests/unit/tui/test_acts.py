"""What keys make of a screen: what is asked before something changes, and what is then to be done."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from qctl.client.following import LogPiece
from qctl.client.watching import JobPage, Snapshot
from qctl.model.output import STDOUT, Chunk
from qctl.tui.course import Course
from qctl.tui.press import press
from qctl.tui.screen import Page, Screen, Toast, View
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import FAILED, LOOK, RUNS, WAITS, asked, course, effect, line, said
from tests.unit.tui.pictures import text_of


class TestQuestions:
    def test_a_cancel_says_what_runs_and_how_it_is_stopped(self) -> None:
        on = course(cursor=RUNS)
        assert on.press("c") == ()
        assert asked(on) == f"cancel job {RUNS} (1 running: TERM, then KILL after their grace)?"
        assert on.press("y") == (effect("cancel", RUNS),)
        assert on.screen.question is None

    @pytest.mark.parametrize("pressed", ["n", "enter", "escape", "c", "q", "down"])
    def test_anything_but_yes_is_no(self, pressed: str) -> None:
        on = course(cursor=RUNS)
        on.press("c")
        assert on.press(pressed) == ()
        assert on.screen.question is None
        assert on.screen.list.cursor == RUNS

    def test_a_kill_asks_too(self) -> None:
        on = course(cursor=RUNS)
        assert on.press("C") == ()
        assert "KILL at once" in asked(on)
        assert on.press("y") == (effect("cancel", RUNS, force="yes"),)

    def test_all_that_is_selected_is_meant_and_selected_no_more_once_it_is_done(self) -> None:
        on = course(cursor=RUNS)
        on.press("space")
        on.press("space")
        assert len(on.screen.list.marked) == 2
        on.press("c")
        assert asked(on).startswith("cancel 2 jobs (2 running")
        (done,) = on.press("y")
        assert len(done.targets) == 2
        assert on.screen.list.marked == frozenset()

    def test_only_jobs_that_are_acted_on_are_counted(self) -> None:
        on = course(cursor=RUNS)
        on.screen = on.screen.with_list(marked=frozenset({RUNS, WAITS, FAILED, "7kcancel"}))
        on.press("c")
        assert asked(on) == "cancel 2 jobs (1 running: TERM, then KILL after their grace); 2 have ended?"
        assert on.press("y") == (effect("cancel", *sorted((RUNS, WAITS))),)
        on.screen = on.screen.with_list(marked=frozenset({RUNS, FAILED}))
        on.press("r")
        assert asked(on) == f"run job {FAILED} again; 1 has not ended?"

    def test_what_is_gone_is_selected_no_more(self) -> None:
        on = course(cursor=RUNS)
        on.screen = on.screen.with_list(marked=frozenset({RUNS, WAITS}))
        jobs = tuple(job for job in instances.busy_jobs() if job.id != WAITS)
        on.take(replace(instances.busy(), page=JobPage(unread=True)))
        assert on.screen.list.marked == {RUNS, WAITS}, "a look that was for another view says nothing of it"
        on.take(replace(instances.busy(), page=JobPage(jobs=jobs, total=900)))
        assert on.screen.list.marked == {RUNS, WAITS}, "it may be further down"
        on.take(replace(instances.busy(), page=JobPage(jobs=jobs, total=len(jobs))))
        assert on.screen.list.marked == {RUNS}

    def test_what_has_ended_cannot_be_cancelled_and_what_runs_not_be_retried(self) -> None:
        on = course(cursor=FAILED)
        on.press("c")
        assert said(on) == Toast(text=f"job {FAILED} has ended already", bad=True)
        on = course(cursor=RUNS)
        on.press("r")
        assert said(on).text == f"job {RUNS} has not ended yet: d runs a copy"

    def test_a_failure_in_the_list_of_failures_stands_for_all_jobs_that_failed_by_it(self) -> None:
        group = replace(instances.busy().errors[0], jobs=("7knzz04a", "7kn00001", "7kn00002"))
        on = course(View.FAILURES, "7knzz04a", replace(instances.busy(), errors=(group,)))
        on.press("r")
        assert asked(on) == "run 3 failed jobs again?"
        assert on.press("y") == (effect("retry", *group.jobs),)

    def test_a_copy_gets_an_id_of_its_own(self) -> None:
        on = course(cursor=RUNS)
        on.press("d")
        assert asked(on) == f"run a copy of job {RUNS}, with an id of its own?"
        assert on.press("Y") == (effect("copy-job", RUNS),)


class TestPriority:
    def test_is_changed_at_once_for_the_other_key_takes_it_back(self) -> None:
        on = course(cursor=WAITS)
        assert on.press("plus") == (effect("prioritise", WAITS, by="1"),)
        assert on.press("minus") == (effect("prioritise", WAITS, by="-1"),)

    def test_is_not_changed_of_what_runs(self) -> None:
        on = course(cursor=RUNS)
        assert on.press("plus") == ()
        assert said(on).text == "only what waits has a priority to change"


class TestQueues:
    def test_the_queue_of_a_job_is_paused_from_the_list_of_jobs(self) -> None:
        on = course(cursor=RUNS)
        on.press("p")
        assert asked(on) == "pause queue batch? what runs goes on"
        assert on.press("y") == (effect("pause", "batch"),)

    def test_a_paused_one_goes_on(self) -> None:
        on = course(View.QUEUES, "night")
        on.press("p")
        assert asked(on) == "let queue night go on?"
        assert on.press("y") == (effect("resume", "night"),)

    def test_a_purge_is_agreed_to_by_the_queues_name_alone(self) -> None:
        on = course(View.QUEUES, "batch")
        assert on.press("P") == ()
        assert line(on).label == "cancel 25 jobs that wait in batch? type its name:"
        on.type("y")
        assert on.enter() == ()
        assert line(on).complaint == "that is not batch: nothing is purged"
        on.type("batch")
        assert on.enter() == (effect("purge", "batch", text="batch"),)
        assert on.screen.prompt is None

    def test_one_job_waits(self) -> None:
        health = replace(instances.busy_health(), queues=(instances.queue("solo", 1),))
        on = course(View.QUEUES, "solo", replace(instances.busy(), health=health))
        on.press("P")
        assert line(on).label == "cancel 1 job that waits in solo? type its name:"

    def test_a_queue_in_which_nothing_waits_needs_no_purge(self) -> None:
        on = course(View.QUEUES, "night")
        on.press("P")
        assert said(on).text == "nothing waits in queue night"


class TestWorkers:
    def test_one_is_drained_and_one_that_drains_takes_jobs_again(self) -> None:
        on = course(View.WORKERS, "db1.1.a8bpmnme")
        on.press("p")
        assert asked(on) == "let worker db1.1 take no more jobs?"
        assert on.press("y") == (effect("worker", "db1.1.a8bpmnme", command="drain"),)
        on = course(View.WORKERS, "web1.1.a8bpmnme")
        on.press("p")
        assert asked(on) == "let worker web1.1 take jobs again?"

    def test_one_that_is_gone_cannot_be_told_anything(self) -> None:
        for pressed in ("p", "c", "C"):
            on = course(View.WORKERS, "web2.1.a8bpmnme")
            assert on.press(pressed) == ()
            assert said(on).text == "there is no worker here that lives"

    def test_one_is_stopped_with_its_jobs_or_after_them(self) -> None:
        on = course(View.WORKERS, "db1.1.a8bpmnme")
        on.press("c")
        assert asked(on) == "stop worker db1.1 when its jobs have ended?"
        on.press("n")
        on.press("C")
        assert asked(on) == "stop worker db1.1 now? its jobs are given back"
        assert on.press("y") == (effect("worker", "db1.1.a8bpmnme", command="stop-now"),)


class TestSchedules:
    def test_one_is_run_now(self) -> None:
        on = course(View.SCHEDULE, "import-feed")
        on.press("t")
        assert asked(on) == "run schedule import-feed now?"
        assert on.press("y") == (effect("run-now", "import-feed"),)

    def test_one_is_disabled_with_a_reason_and_enabled_again(self) -> None:
        on = course(View.SCHEDULE, "import-feed")
        on.press("e")
        assert line(on).label == "disable schedule import-feed? say why, or nothing (Esc: no):"
        on.type("too noisy ")
        assert on.enter() == (effect("disable", "import-feed", text="too noisy"),)
        on = course(View.SCHEDULE, "reindex")
        on.press("e")
        assert asked(on) == "let schedule reindex start again?"


class TestCopying:
    @pytest.mark.parametrize(
        ("view", "cursor", "copied", "command"),
        [
            (View.JOBS, RUNS, RUNS, f"qctl show {RUNS}"),
            (View.QUEUES, "batch", "batch", "qctl queue show batch"),
            (View.SCHEDULE, "import-feed", "import-feed", "qctl schedule history import-feed"),
            (View.FAILURES, "7knzz04a", "7knzz04a", "qctl show 7knzz04a"),
            (View.WORKERS, "db1.1.a8bpmnme", "db1.1.a8bpmnme", "qctl worker show db1.1.a8bpmnme"),
        ],
    )
    def test_ids_and_the_command_that_shows_the_same(self, view: View, cursor: str, copied: str, command: str) -> None:
        on = course(view, cursor)
        assert on.press("y") == (effect("copy", copied),)
        assert said(on).text == f"copied {copied}"
        assert on.press("Y") == (effect("copy", command),)

    def test_a_name_that_the_shell_would_part_is_quoted(self) -> None:
        health = instances.busy_health()
        odd = replace(instances.busy(), health=replace(health, queues=(instances.queue("a b; rm -rf"),)))
        on = course(View.QUEUES, "a b; rm -rf", odd)
        assert on.press("Y") == (effect("copy", "qctl queue show 'a b; rm -rf'"),)

    def test_an_open_log_is_the_command_that_follows_it(self) -> None:
        on = course(page=Page.LOG, job=RUNS)
        assert on.press("Y") == (effect("copy", f"qctl logs -f {RUNS}"),)


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
        on.take(replace(instances.busy(), page=JobPage(first=10_000, total=10_000, cut=True, bounded=True)))
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


def test_to_read_only_the_header_says_so_and_so_do_keys_that_would_change_something() -> None:
    on = course(cursor=RUNS, read_only=True)
    assert "read-only " in text_of(on.picture())[0]
    assert on.press("c") == ()
    assert said(on) == Toast(text="--read-only: nothing is changed", bad=True)


def test_a_key_that_nobody_knows_does_nothing() -> None:
    screen = Screen()
    assert press(screen, instances.busy(), LOOK, "f12") == (screen, ())
