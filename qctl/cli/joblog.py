"""Ended jobs as a joblog, which programs that read GNU parallel's `--joblog` understand: its columns, then ours."""

from __future__ import annotations

from qctl.cli.emit import JOB_COLUMNS
from qctl.model.exit_codes import exit_code_of
from qctl.model.job_words import command_of, run_s
from qctl.model.view import job_view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.model.job import Job

COLUMNS: Final = (
    *("Seq", "Host", "Starttime", "JobRuntime", "Send", "Receive", "Exitval", "Signal", "Command"),
    *JOB_COLUMNS,
)


def joblog(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    """A row for each job, numbered from 1; times in seconds, to the millisecond, 0 of a job that never started."""
    return [{**job_view(job), **_row(number, job)} for number, job in enumerate(jobs, 1)]


def _row(number: int, job: Job) -> dict[str, Any]:
    last = job.last
    started = last.started_ms if last else job.started_ms or 0
    died = last.signal if last else None
    code = 0 if died else last.exit_code if last and last.exit_code is not None else exit_code_of(job)
    return {
        "Seq": number,
        "Host": last.worker if last else "",
        "Starttime": f"{started / 1000:.3f}",
        "JobRuntime": f"{run_s(job, 0) or 0:.3f}",
        "Send": 0,
        "Receive": last.log_bytes if last else 0,
        "Exitval": code,
        "Signal": died or 0,
        "Command": command_of(job),
    }
