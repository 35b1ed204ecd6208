"""`qctl wait`: wait for jobs, and exit as they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import typer

from qctl.cli.accompanying import wait_for_workflow
from qctl.cli.attending import Attendance, all_ended
from qctl.cli.choosing import chosen
from qctl.cli.emit import as_json, emit_list, write
from qctl.cli.failure import INTERRUPTED
from qctl.cli.grammar import new_app
from qctl.cli.option_lists import Timeout
from qctl.cli.providing import warn_if_nobody_reads
from qctl.cli.requesting import seconds
from qctl.cli.session import session
from qctl.errors import UsageError
from qctl.model.call import Kind
from qctl.model.exit_codes import exit_code_of_all
from qctl.model.job import Job
from qctl.model.view import job_view

app = new_app()

_REACHED: Final[Mapping[str, Callable[[Job], bool]]] = {
    "started": lambda job: job.attempt > 0 or job.ended,
    "ended": lambda job: job.ended,
}


@app.command()
def wait(
    context: typer.Context,
    jobs: Annotated[
        list[str], typer.Argument(metavar="JOB", help="ids, their beginnings, @last, @last:TASK or @failed")
    ],
    any_one: Annotated[bool, typer.Option("--any", help="until the first of them")] = False,
    state: Annotated[str, typer.Option("--for", metavar="STATE", help="until they are started or ended")] = "ended",
    timeout: Timeout = None,
) -> int:
    """Wait until jobs have ended. Exits as the job does; for several 1 if any failed.

    \b
    qctl wait "$id" && echo done                 go on if it succeeded
    qctl wait "$a" "$b" --timeout 10m            until both have ended
    qctl wait "$a" "$b" --any                    until one of them has
    qctl wait "$id" --for started                until a worker has begun it

    Exit codes:
      0     it succeeded, or all of them did
      1     one of several did not; of one, its own code
      6     it never started: cancelled, expired or skipped
      75    --timeout passed; the job goes on

    See also: run --wait, logs -f, qctl help exit-codes
    """
    here = session(context)
    if state not in _REACHED:
        raise UsageError(f"--for is one of {', '.join(_REACHED)}, not `{state}`")
    limit = None if timeout is None else seconds("--timeout", timeout)
    with here.client() as client:
        ids = chosen(client, jobs)
        if len(ids) == 1 and state == "ended" and client.job(ids[0]).call.kind is Kind.WORKFLOW:
            return wait_for_workflow(client, ids[0], here, limit)
        warn_if_nobody_reads(client, [job.queue for job in map(client.job, ids) if not job.ended], here)
        try:
            found = Attendance(here, client, ids).wait(limit, _until(state, any_one))
        except KeyboardInterrupt:
            here.say(f"\ndetached; they go on: qctl wait {' '.join(ids)}")
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
