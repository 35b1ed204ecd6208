"""What keys make of a screen: what is asked before something changes, and what is then to be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.client.watching import JobPage
from qctl.tui.press import press
from qctl.tui.screen import Page, Screen, Toast, View
from tests.unit.tui import instances_at_hand as instances
from tests.unit.tui.courses import FAILED, LOOK, RUNS, WAITS, asked, course, effect, line, put, said
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
        put(on, "y")
        assert on.press("enter") == ()
        assert line(on).complaint == "that is not batch: nothing is purged"
        put(on, "batch")
        assert on.press("enter") == (effect("purge", "batch", text="batch"),)
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
        put(on, "too noisy ")
        assert on.press("enter") == (effect("disable", "import-feed", text="too noisy"),)
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


def test_to_read_only_the_header_says_so_and_so_do_keys_that_would_change_something() -> None:
    on = course(cursor=RUNS, read_only=True)
    assert "read-only " in text_of(on.picture())[0]
    assert on.press("c") == ()
    assert said(on) == Toast(text="--read-only: nothing is changed", bad=True)


def test_a_key_that_nobody_knows_does_nothing() -> None:
    screen = Screen()
    assert press(screen, instances.busy(), LOOK, "f12") == (screen, ())


class TestAnswers:
    def test_what_was_done_from_here_stands_among_the_events(self) -> None:
        on = course(View.EVENTS, width=120, height=40)
        on.tell(Toast(text="queue batch: paused"))
        on.tell(Toast(text="this user may not write", bad=True))
        on.take(instances.busy())
        lines = text_of(on.picture())
        assert [line for line in lines if "by you" in line and "queue batch: paused" in line]
        assert [line for line in lines if "by you" in line and "this user may not write" in line]
        on.press("slash")
        put(on, "by you paused")
        on.press("enter")
        on.take(instances.busy())
        assert on.screen.list.cursor == "by you 1"
        assert any("what it came to" in line for line in text_of(on.picture()))
        on.press("enter")
        assert said(on).text == "there is no job here"

    def test_a_bounded_number_of_them_is_kept(self) -> None:
        on = course()
        for number in range(500):
            on.tell(Toast(text=f"{number}"))
        assert (len(on.screen.answers), on.screen.answers[0].text) == (100, "499")
