"""`qctl ps`: jobs that wait or run."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.screens import jobs as screens
from qctl.cli.session import refuse_hidden_instance, server_name, session
from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.state import State
from qctl.model.view import job_view

app = new_app()

_RANK = {State.RUNNING: 0, State.SCHEDULED: 2, State.ENDED: 3}


@app.command()
def ps(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", "-a", help="ended ones too")] = False,
    state: Annotated[str | None, typer.Option("--state", help="running, queued, scheduled …")] = None,
    queue: Annotated[str | None, typer.Option("--queue", "-Q", help="of this queue")] = None,
    task: Annotated[str | None, typer.Option("--task", help="of this task")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="at most so many")] = 100,
) -> None:
    """List the jobs that run or wait, running ones first.

    \b
    qctl ps                       what goes on
    qctl ps -a                    and what has ended
    qctl ps -q --state queued     ids only
    """
    here = session(context)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    if state is not None and state not in set(State):
        raise UsageError(f"--state is one of {', '.join(State)}, not `{state}`")
    with here.client(config) as client:
        found = client.reading.active(limit)
        if every or state == State.ENDED:
            found += client.reading.ended(limit, task)
        name = server_name(client.instance)
    wanted = [job for job in found if _fits(job, state, queue, task)]
    wanted.sort(key=lambda job: _RANK.get(job.state, 1))
    shown = wanted[:limit]
    emit_list(
        here.settings,
        [job_view(job) for job in shown],
        lambda: screens.ps(shown, name, here.out, wide=here.settings.output == "wide"),
    )


def _fits(job: Job, state: str | None, queue: str | None, task: str | None) -> bool:
    return (
        (state is None or job.state == state)
        and (queue is None or job.queue == queue)
        and (task is None or job.call.task == task)
    )
