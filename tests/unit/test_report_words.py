"""What the page of one job says of its output and its end."""

from __future__ import annotations

from dataclasses import replace

from qctl.model.report import report
from qctl.model.state import Outcome, Reason
from tests.unit import jobs_at_hand as at_hand
from tests.unit.jobs_at_hand import PIPE


def test_output_of_which_some_was_dropped_is_not_called_all() -> None:
    job = at_hand.succeeded()
    assert job.last is not None
    shortened = replace(job, attempts=(replace(job.last, log_dropped=9_860_000),))

    assert f"  Output (last 1 of 142 lines; all but 9.4M dropped: qctl logs {job.id})" in report(shortened, ["x"], PIPE)


def test_a_lost_job_is_told_once_why() -> None:
    job = at_hand.failed()
    assert job.last is not None
    last = replace(
        job.last,
        outcome=Outcome.LOST,
        reason=Reason.WORKER_LOST,
        exit_code=None,
        error_message="the worker died while it had the job",
    )
    lost = replace(job, outcome=Outcome.LOST, reason=Reason.WORKER_LOST, attempts=(last,))

    said = "\n".join(report(lost, [], PIPE))
    assert "the worker died while it had the job" in said
    assert "(worker lost)" not in said
