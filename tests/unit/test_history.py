"""How the past is listed: what tells nothing new in one row, and for programs as a joblog."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.emit import JOB_COLUMNS
from qctl.cli.joblog import COLUMNS, joblog
from qctl.cli.screens import jobs as screens
from qctl.client.figures import Sums
from qctl.model.folding import fold, unfolded
from qctl.model.job import Job
from qctl.model.state import Outcome
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import ASCII, NARROW, PIPE


def rotated(number: int, task: str = "rotate-logs", run_ms: int = 310) -> Job:
    """A run of a schedule that went well."""
    job = at_hand.succeeded()
    (last,) = job.attempts
    began = last.started_ms
    return replace(
        job,
        id=f"r{number}",
        call=replace(job.call, task=task, schedule=task),
        started_ms=began,
        ended_ms=began + run_ms,
        attempts=(replace(last, ended_ms=began + run_ms),),
    )


def test_runs_of_one_schedule_that_went_well_stand_in_one_row() -> None:
    past = [rotated(1), at_hand.failed(), rotated(2, run_ms=290), rotated(3, "other"), rotated(4, run_ms=400)]
    rows, _, more = fold(iter(past), 20, 99)
    assert [(row.job.id, row.times) for row in rows] == [("r1", 3), ("7knzz04a", 1), ("r3", 1)]
    assert not more
    lines = screens.history(rows, "s", PIPE)
    assert " ".join(lines[1].split()) == "r1 rotate-logs ✔ ok ×3 13:44:11 2s ~0.3s 1/4 0 schedule"
    assert lines[-1] == "3 rows of 5 jobs, 80 % ok · s · why: qctl show ID"
    assert "  ok x3  " in screens.history(rows, "s", ASCII)[1]


def test_what_failed_or_was_tried_again_or_was_asked_for_by_hand_keeps_its_row() -> None:
    failed = replace(rotated(1), outcome=Outcome.FAILED)
    again = replace(rotated(2), attempt=2)
    by_hand = at_hand.succeeded()
    rows, _, _ = fold([failed, failed, again, again, by_hand, by_hand], 20, 99)
    assert [row.times for row in rows] == [1] * 6
    assert [row.times for row in unfolded([rotated(1), rotated(2)], 9).rows] == [1, 1]


def test_rows_are_made_until_there_are_enough_of_them_and_no_job_beyond_is_taken() -> None:
    past = iter([rotated(1), rotated(2), at_hand.failed(), rotated(3), at_hand.succeeded(), rotated(4)])
    rows, jobs, more = fold(past, 2, 99)
    assert ([row.times for row in rows], more) == ([3, 1], True)
    assert [job.id for job in jobs] == ["r1", "r2", "7knzz04a", "r3"]
    assert next(past).id == "r4"


def test_a_page_begins_where_the_one_before_ends_however_many_jobs_that_held() -> None:
    assert fold([rotated(1), rotated(2), rotated(3)], 9, 2)[1:] == ([rotated(1), rotated(2)], True)
    assert fold([rotated(1), rotated(2)], 9, 2).more is False
    assert unfolded([rotated(1), rotated(2)], 1)[1:] == ([rotated(1)], True)


def test_the_sum_of_a_part_of_the_past_is_that_of_the_whole() -> None:
    lines = screens.history(unfolded([at_hand.failed()], 9).rows, "s", NARROW, older="7knzz04a", sums=Sums(1204, 26))
    assert lines[2] == "1 row of 1,204 jobs, 97.8 % ok · s · older: --before 7knzz04a"


def test_the_wide_picture_says_how_all_of_them_ended() -> None:
    past = [rotated(1), rotated(2), at_hand.failed(), at_hand.cancelled_before_it_ran()]
    lines = screens.history(fold(past, 9, 99).rows, "s", PIPE, wide=True)
    assert lines[-1] == "3 rows of 4 jobs, 50 % ok · 2 ok, 1 failed, 1 cancelled · s · why: qctl show ID"
    sums = Sums(1204, 26, {"cancelled": 3, "failed": 20})
    (*_, last) = screens.history(unfolded([at_hand.failed()], 9).rows, "s", PIPE, wide=True, sums=sums)
    assert last.startswith("1 row of 1,204 jobs, 97.8 % ok · 1,178 ok, 20 failed, 3 cancelled, 3 otherwise · s")


def test_a_joblog_has_the_columns_of_gnu_parallel_before_ours() -> None:
    past = [at_hand.failed(), at_hand.ended_by(Outcome.FAILED, signal=9), at_hand.cancelled_before_it_ran()]
    rows = joblog(past)
    assert (
        *("Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"),
        *JOB_COLUMNS,
    ) == COLUMNS
    found = [tuple(row[name] for name in COLUMNS[:8]) for row in rows]
    assert found == [
        (1, "web1.3", "1795355771.000", "21.000", 0, 812, 22, 0),
        (2, "db1.1", "1795355051.000", "1070.000", 0, 1992294, 0, 9),
        (3, "", "0.000", "0.000", 0, 0, 6, 0),
    ]
    assert rows[1]["Command"] == "backup-db bucket=s3://dr keep=14"
    assert all(name in row for row in rows for name in COLUMNS)
