"""Exit codes of qctl, and the one that a job's end stands for. The table is that of `qctl help exit-codes`."""

from __future__ import annotations

from qctl.model.call import Kind
from qctl.model.state import Outcome, Reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from qctl.model.attempt import Attempt
    from qctl.model.job import Job

NO_SUCH_THING: Final = 4
NEVER_STARTED: Final = 6
TIMED_OUT: Final = 124
LOST: Final = 125
SIGNALLED: Final = 128
INTERRUPTED: Final = 130  #: by Ctrl-C
_SIGTERM: Final = 15  #: as POSIX numbers it: `signal` takes a millisecond to import

_NEVER_BEGUN: Final = (Reason.UNKNOWN_TASK, Reason.NOT_STARTED)  #: of attempts whose command was never run

#: code -> meaning, as printed.
TABLE: Final[Mapping[str, str]] = {
    "0": "done; `run` without --wait: accepted. With --wait: the job succeeded",
    "1-123": "--wait, wait, --local: the job's own code; a failed job never exits 0 (then 1); Python exception 1; "
    "several jobs: 1 if any failed",
    "1": "other commands: the operation failed or found trouble (status, doctor)",
    "2": "wrong usage",
    "3": "nothing running (status, worker ping)",
    "4": "no such job, task, queue, schedule, workflow",
    "5": "refused by --strict, --if-exists=fail, unique, read-only",
    "6": "the job never started: cancelled, expired or skipped before it",
    "69": "Redis unreachable",
    "70": "a bug in qctl; the report's path is printed",
    "75": "try again: the wait's --timeout passed, queue full, Redis busy",
    "76": "outcome of the submit unknown; the id and the command to check are printed. Also of a cancel, retry, rm, "
    "pause, resume, purge, enable or disable, with the command to check",
    "77": "not permitted: another user's instance, ad-hoc command on a server that does not allow it",
    "78": "tasks.toml or configuration is bad",
    "124": "the job ran into its time limit",
    "125": "outcome lost, or Redis or the worker was lost while waiting",
    "126, 127": "the command is not executable, not found",
    "128+n": "the job died by signal n, or was cancelled while running by signal n; 130 when you pressed Ctrl-C",
}


def exit_code_of(job: Job) -> int:
    """The exit code of `--wait` for an ended job."""
    if job.outcome is Outcome.SUCCEEDED:
        return 0
    if job.outcome is Outcome.TIMEOUT:
        return TIMED_OUT
    if job.outcome is Outcome.LOST:
        return LOST
    if job.call.kind is Kind.WORKFLOW and job.started_ms is not None:
        return _of_workflow(job)
    if job.outcome is Outcome.CANCELLED:
        return _of_cancelled(job)
    if job.outcome in (Outcome.EXPIRED, Outcome.SKIPPED):
        return NEVER_STARTED
    if job.reason is Reason.UNKNOWN_TASK:
        return NO_SUCH_THING
    return _own_code(job.last) if job.last else 1


def _of_workflow(job: Job) -> int:
    """Of one that had begun: several jobs, of which one did not succeed."""
    if job.outcome is Outcome.CANCELLED:
        return SIGNALLED + _SIGTERM
    return NO_SUCH_THING if job.reason is Reason.UNKNOWN_TASK else 1


def _of_cancelled(job: Job) -> int:
    """The signal that stopped it; of a job that did not run when it was cancelled, how its last attempt had ended."""
    if job.last is not None and job.last.outcome == Outcome.CANCELLED:
        return SIGNALLED + (job.last.signal or _SIGTERM)
    began = [attempt for attempt in job.attempts if attempt.reason not in _NEVER_BEGUN]
    return _own_code(began[-1]) if began else NEVER_STARTED


def _own_code(attempt: Attempt) -> int:
    """How one attempt ended that did not succeed; never 0."""
    if attempt.outcome == Outcome.TIMEOUT:
        return TIMED_OUT
    if attempt.reason == Reason.WORKER_LOST:
        return LOST
    if attempt.signal:
        return SIGNALLED + attempt.signal
    return attempt.exit_code or 1


def exit_code_of_all(jobs: list[Job]) -> int:
    """The exit code for several jobs: that of the only one, else 1 if any did not succeed."""
    if len(jobs) == 1:
        return exit_code_of(jobs[0])
    return int(any(job.outcome is not Outcome.SUCCEEDED for job in jobs))
