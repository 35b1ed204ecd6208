"""What `qctl wait` does: wait for jobs, and exit as they did."""

from __future__ import annotations

from qctl.cli.attending import Attendance, all_ended
from qctl.cli.choosing import chosen
from qctl.cli.emit import as_json, emit_list, write
from qctl.cli.session import open_session
from qctl.cli.settings import FORMATS
from qctl.errors import UsageError
from qctl.later import later
from qctl.model.call import Kind
from qctl.model.exit_codes import INTERRUPTED, exit_code_of_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Final

    from qctl.cli.accompanying import wait_for_workflow
    from qctl.cli.invocation import Invocation
    from qctl.cli.nobody_reads import warn_if_nobody_reads
    from qctl.cli.requesting import seconds
    from qctl.model.job import Job
    from qctl.model.view import job_view
else:
    wait_for_workflow = later("qctl.cli.accompanying", "wait_for_workflow")
    warn_if_nobody_reads = later("qctl.cli.nobody_reads", "warn_if_nobody_reads")
    seconds = later("qctl.cli.requesting", "seconds")
    job_view = later("qctl.model.view", "job_view")


_REACHED: Final[Mapping[str, Callable[[Job], bool]]] = {
    "started": lambda job: job.attempt > 0 or job.ended,
    "ended": lambda job: job.ended,
}


def of_words(invocation: Invocation, *, jobs: Sequence[str], any_one: bool, state: str, timeout: str | None) -> int:
    """Carry out what the words of the command line say, and answer how the jobs ended. Raises QctlError."""
    here = open_session(invocation, FORMATS)
    if state not in _REACHED:
        raise UsageError(f"--for is one of {', '.join(_REACHED)}, not `{state}`")
    limit = None if timeout is None else seconds("--timeout", timeout)
    with here.client() as client:
        ids = chosen(client, jobs)
        known = client.jobs(ids)
        if len(ids) == 1 and state == "ended" and known[0].call.kind is Kind.WORKFLOW:
            return wait_for_workflow(client, ids[0], here, limit)
        if waiting := [job.queue for job in known if not job.ended]:
            warn_if_nobody_reads(client, waiting, here)
        try:
            found = Attendance(here, client, ids).wait(limit, _until(state, any_one))
        except KeyboardInterrupt as key:
            going = "it goes on" if len(ids) == 1 else "they go on"
            here.let_go(f"detached; {going}: qctl wait {' '.join(ids)}", key)
            return INTERRUPTED
        reached = [job for job in found if _REACHED[state](job)]
        if here.settings.for_programs:
            items = [job_view(job, client.value(job.id) if job.value_kind else None) for job in reached]
            if len(ids) == 1 and here.settings.output == "json":
                write(as_json(items[0]))
            else:
                emit_list(here.settings, items, list)
    over = [job for job in reached if job.ended]
    return exit_code_of_all(over) if over and state == "ended" else 0


def _until(state: str, any_one: bool) -> Callable[[Sequence[Job]], bool]:
    if state == "ended" and not any_one:
        return all_ended
    enough = any if any_one else all
    return lambda jobs: enough(_REACHED[state](job) for job in jobs)
