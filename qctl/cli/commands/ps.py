"""`qctl ps`: jobs that wait or run."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from qctl.cli.emit import JOB_COLUMNS, emit_list
from qctl.cli.grammar import new_app
from qctl.cli.listing import Wanted, listed
from qctl.cli.querying import Words, query_of, tell_extent
from qctl.cli.screens import jobs as screens
from qctl.cli.screens.waiting import change
from qctl.cli.session import Session, refuse_hidden_instance, server_name, session
from qctl.cli.terminal import Look
from qctl.cli.watching import Listed, Seen, Watch, watch
from qctl.client import Client
from qctl.client.searching import Search
from qctl.client.workflows import progress_among, workflows_among
from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.query import Every, Field, every
from qctl.model.query_fields import STANDINGS, Unfit, check_state
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
    watched: Watch = False,
) -> None:
    """List the jobs that run or wait, running ones first. What belongs to a workflow stands within its row.
    The id of a job, or its beginning, is a word for it, ended or not.

    \b
    qctl ps                       what goes on
    qctl ps -w                    and goes on, drawn anew each second
    qctl ps -a                    and what has ended
    qctl ps -t                    workflows as trees, with what waits in them
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
    flags = every([Field(name, value) for name, value in said if value])
    asked = every([query_of(here, query, zone), flags])
    with here.client(config) as client:
        view = _View(here, client, Wanted(asked, zone, limit, query or [], flags, ended_too=every_, tree=tree))
        if watched:
            watch(here, Listed(look=view.seen, command="qctl ps", name="id", columns=JOB_COLUMNS, gone=view.gone))
        seen = view.seen(here.out)
    for search in view.searches if asked != Every() else ():
        tell_extent(here, search, "first" if search.scope.active else "newest")
    emit_list(here.settings, seen.items, seen.lines)


def _check_state(state: str) -> None:
    """Say nothing of what `state:` of a query takes. Raises UsageError."""
    try:
        check_state(state)
    except Unfit as error:
        raise UsageError(f"--state: {error}", help=f"qctl ps --help\nit takes {' '.join(STANDINGS)}") from None


class _View:
    """One list of jobs, looked at once or again and again; `searches` are those of the last look."""

    def __init__(self, here: Session, client: Client, wanted: Wanted) -> None:
        self._here, self._client, self._wanted = here, client, wanted
        self._jobs: dict[str, Job] = {}
        self.searches: list[Search] = []

    def seen(self, look: Look) -> Seen:
        """The jobs as they are now. Raises QctlError."""
        client, wanted, settings = self._client, self._wanted, self._here.settings
        shown, self.searches = listed(client, wanted)
        shown.sort(key=lambda job: _RANK.get(job.state, 1))
        parts = wanted.tree and (settings.for_people or settings.output in ("json", "jsonl"))
        flows = workflows_among(client, shown, MOST_TREES) if parts else {}
        left = [job for job in shown if job.id not in flows]
        counted = progress_among(client, left) if settings.for_people else {}
        self._jobs = {job.id: job for job in shown}
        name, wide = server_name(client.instance), settings.output == "wide"
        none = "nothing waits or runs" if wanted.query == Every() else "no job that waits or runs is as asked for"
        return Seen(
            items=[workflow_job_view(flows[job.id]) if job.id in flows else job_view(job) for job in shown],
            lines=lambda: screens.ps(
                shown, name, look, wide=wide, flows=flows, counted=counted, tree=wanted.tree, none=none
            ),
            told=lambda item: change(self._jobs[str(item["id"])], look),
        )

    def gone(self, job_id: str) -> dict[str, Any] | None:
        """How a job that is listed no more has ended; None if it has not, or nobody knows."""
        found = next(iter(self._client.reading.jobs([job_id])), None)
        if found is None or not found.ended:
            return None
        self._jobs[job_id] = found
        return job_view(found)
