"""`qctl ps`: jobs that wait or run."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.listing import listed
from qctl.cli.querying import Words, query_of, tell_extent
from qctl.cli.screens import jobs as screens
from qctl.cli.session import refuse_hidden_instance, server_name, session
from qctl.client.workflows import progress_among, workflows_among
from qctl.errors import UsageError
from qctl.model.query import Every, Field, every
from qctl.model.state import State
from qctl.model.view import job_view
from qctl.model.workflow.view import workflow_job_view

app = new_app()

MOST_TREES: Final = 50  #: workflows that are drawn, or of which programs are told the parts
_RANK = {State.RUNNING: 0, State.SCHEDULED: 2, State.ENDED: 3}


@app.command()
def ps(
    context: typer.Context,
    query: Words = None,
    every_: Annotated[bool, typer.Option("--all", "-a", help="those that have ended, too")] = False,
    state: Annotated[str | None, typer.Option("--state", help="waiting, scheduled, queued, running or ended")] = None,
    queue: Annotated[str | None, typer.Option("--queue", "-Q", help="only of this queue")] = None,
    task: Annotated[str | None, typer.Option("--task", help="only of this task; * stands for any text")] = None,
    tree: Annotated[bool, typer.Option("--tree", "-t", help="workflows with all that they are made of")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="at most so many rows")] = 100,
) -> None:
    """List the jobs that run or wait, running ones first. What belongs to a workflow stands within its row.

    \b
    qctl ps                       what goes on
    qctl ps -a                    and what has ended
    qctl ps -t                    workflows as trees, with what waits in them
    qctl ps -t -o json            and with their parts for programs
    qctl ps 7kq2                  one job by its id, ended or not
    qctl ps 'by:ana wait>5m'      what ana has waited for more than 5 minutes for
    qctl ps -q --state queued     ids only

    See also: qctl help query, history, show, queue list
    """
    here = session(context)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    if state is not None and state not in set(State):
        raise UsageError(f"--state is one of {', '.join(State)}, not `{state}`")
    zone = here.zone_of_dates(config)
    said = (("state", state), ("queue", queue), ("task", task))
    flags = every([Field(name, value) for name, value in said if value])
    asked = every([query_of(here, query, zone), flags])
    with here.client(config) as client:
        shown, searches = listed(
            client, asked, zone, limit, words=query or [], flags=flags, ended_too=every_, apart=tree
        )
        shown.sort(key=lambda job: _RANK.get(job.state, 1))
        rows = here.settings.output in ("table", "wide") and not here.settings.quiet
        parts = tree and (rows or here.settings.output in ("json", "jsonl"))
        flows = workflows_among(client, shown, MOST_TREES) if parts else {}
        counted = progress_among(client, [job for job in shown if job.id not in flows]) if rows else {}
        name = server_name(client.instance)
    for search in searches if asked != Every() else ():
        tell_extent(here, search, "first" if search.scope.active else "newest")
    none = "nothing waits or runs" if asked == Every() else "no job that waits or runs is as asked for"
    wide = here.settings.output == "wide"
    emit_list(
        here.settings,
        [workflow_job_view(flows[job.id]) if job.id in flows else job_view(job) for job in shown],
        lambda: screens.ps(shown, name, here.out, wide=wide, flows=flows, counted=counted, tree=tree, none=none),
    )
