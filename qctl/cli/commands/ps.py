"""`qctl ps`: jobs that wait or run."""

from __future__ import annotations

from datetime import tzinfo
from itertools import islice
from typing import Annotated, Final

import typer

from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.querying import Words, query_of, tell_extent
from qctl.cli.screens import jobs as screens
from qctl.cli.session import refuse_hidden_instance, server_name, session
from qctl.client import Client
from qctl.client.searching import MOST, Search
from qctl.client.workflows import progress_among, workflows_among
from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.query import Every, Field, Query, every
from qctl.model.query_fields import STANDINGS, Unfit, check_state
from qctl.model.query_scope import ACTIVE, ENDED, Scope
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
    state: Annotated[
        str | None, typer.Option("--state", help="a state or outcome, such as running or failed, or `active`")
    ] = None,
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
    qctl ps 'by:ana wait>5m'      what ana has waited for more than 5 minutes for
    qctl ps -q --state queued     ids only

    See also: qctl help query, history, show, queue list
    """
    here = session(context)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    if state is not None:
        _check_state(state)
    zone = here.zone_of_dates(config)
    said = (("state", state), ("queue", queue), ("task", task))
    asked = every([query_of(here, query, zone), *(Field(name, value) for name, value in said if value)])
    with here.client(config) as client:
        shown, searches = _find(client, asked, zone, limit, ended_too=every_)
        shown.sort(key=lambda job: _RANK.get(job.state, 1))
        rows = here.settings.output in ("table", "wide") and not here.settings.quiet
        parts = tree and (rows or here.settings.output in ("json", "jsonl"))
        flows = workflows_among(client, shown, MOST_TREES) if parts else {}
        counted = progress_among(client, [job for job in shown if job.id not in flows]) if rows else {}
        name = server_name(client.instance)
    for search in searches if asked != Every() else ():
        tell_extent(here, search, "first" if search.scope.active else "newest")
    emit_list(
        here.settings,
        [workflow_job_view(flows[job.id]) if job.id in flows else job_view(job) for job in shown],
        lambda: screens.ps(
            shown, name, here.out, wide=here.settings.output == "wide", flows=flows, counted=counted, tree=tree
        ),
    )


def _check_state(state: str) -> None:
    """Say nothing of what `state:` of a query takes. Raises UsageError."""
    try:
        check_state(state)
    except Unfit as error:
        raise UsageError(f"--state: {error}", help=f"qctl ps --state one of {' '.join(STANDINGS)}") from None


def _find(client: Client, asked: Query, zone: tzinfo, limit: int, *, ended_too: bool) -> tuple[list[Job], list[Search]]:
    """Jobs that are meant, and the searches that found them: ended ones if these were asked for, or no others are.

    Who asks for nothing special means workflows as a whole.
    """
    whole = asked == Every()
    active = client.search(asked, zone, Scope(standings=ACTIVE), limit if whole else MOST, whole=whole)
    searches = [active] if active.scope.active else []
    found = list(islice(active.active(), limit)) if searches else []
    if (ended_too or not searches) and len(found) < limit:
        searches.append(client.search(asked, zone, Scope(standings=ENDED), whole=whole))
        found += islice(searches[-1].ended(), limit - len(found))
    return found, searches
