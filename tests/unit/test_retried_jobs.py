"""A job that somebody has had run again: it is told from its retry on, with what went wrong before."""

from __future__ import annotations

from dataclasses import replace

from qctl.cli.screens import jobs
from qctl.model.job import Job
from qctl.model.report import report
from qctl.model.state import State
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import NOW_MS, WIDE


def retried() -> Job:
    """One that failed long ago, after its last attempt, and that somebody has had run again a second ago."""
    return replace(
        at_hand.failed(),
        state=State.QUEUED,
        outcome=None,
        reason=None,
        ended_ms=None,
        failures=0,
        revived_ms=NOW_MS - 1000,
    )


def test_a_job_that_was_retried_is_reported_from_its_retry_on_with_what_went_wrong_before() -> None:
    lines = report(retried(), ["giving up"], WIDE)
    assert lines[0].endswith("○ queued  for 1s")
    assert "  Tries      attempt 4 to come" in lines
    assert "  Last       exit 22 on attempt 3/3: curl: (22) The requested URL returned error: 503" in lines
    assert lines.index("    13:56:32.000  ended      exit 22") + 1 == lines.index(
        "    14:02:10.000  retried    attempt 4 to come"
    )
    (row,) = jobs.ps([retried()], "the-server", WIDE)[1:2]
    assert row.endswith(" 1s")


def test_a_record_that_does_not_tell_of_its_retry_counts_from_the_end_of_the_attempt_before() -> None:
    (first, *_) = report(replace(retried(), revived_ms=None), [], WIDE)
    assert first.endswith("○ queued  for 5m")


def test_a_report_says_by_whom_a_job_was_retried_and_when() -> None:
    job = replace(retried(), revived_by="bo@web1")
    lines = report(job, [], WIDE)
    assert lines[lines.index("  Asked by   ana@db1, 13:52:10") + 1] == "  Retried by bo@web1, 14:02:10"
    assert "    14:02:10.000  retried    by bo@web1, attempt 4 to come" in lines
    ended = replace(at_hand.failed(), revived_ms=NOW_MS - 1000, revived_by="bo@web1")
    assert "  Retried by bo@web1, 14:02:10" in report(ended, [], WIDE)
    assert not [line for line in report(at_hand.failed(), [], WIDE) if "Retried" in line]


def test_a_retry_stands_in_the_timeline_where_it_was() -> None:
    job = retried()
    again = replace(job.attempts[-1], number=4, started_ms=NOW_MS - 900, ended_ms=NOW_MS - 500)
    lines = report(replace(job, attempts=(*job.attempts, again), attempt=4, failures=1), [], WIDE)
    words = [line.split()[1] for line in lines if line.startswith("    14:02:1")]
    assert words == ["retried", "started", "ended"]
