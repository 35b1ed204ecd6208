"""What `qctl ps` does: jobs that wait or run, as one looks at them once, or again and again."""

from __future__ import annotations

from qctl.cli.emit import JOB_COLUMNS, emit_list
from qctl.cli.listing import Wanted, listed
from qctl.cli.session import open_session, refuse_hidden_instance, server_name
from qctl.cli.settings import FORMATS
from qctl.later import later
from qctl.model.call import Kind
from qctl.model.query_tree import Every, Field, every
from qctl.model.state import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from qctl.cli.invocation import Invocation
    from qctl.cli.querying import must_be_a_state, query_of, tell_extent
    from qctl.cli.screens.jobs import ps as table
    from qctl.cli.screens.waiting import change
    from qctl.cli.session import Session
    from qctl.cli.terminal import Look
    from qctl.cli.watching import Listed, Seen, watch
    from qctl.client import Client
    from qctl.client.among import progress_among, workflows_among
    from qctl.client.searching import Search
    from qctl.model.job import Job
    from qctl.model.view import job_view
    from qctl.model.workflow.outline import Workflow
    from qctl.model.workflow.standing import Progress
    from qctl.model.workflow.view import workflow_job_view
else:
    table = later("qctl.cli.screens.jobs", "ps")
    must_be_a_state = later("qctl.cli.querying", "must_be_a_state")
    query_of = later("qctl.cli.querying", "query_of")
    tell_extent = later("qctl.cli.querying", "tell_extent")
    change = later("qctl.cli.screens.waiting", "change")
    Listed = later("qctl.cli.watching", "Listed")
    Seen = later("qctl.cli.watching", "Seen")
    watch = later("qctl.cli.watching", "watch")
    progress_among = later("qctl.client.among", "progress_among")
    workflows_among = later("qctl.client.among", "workflows_among")
    job_view = later("qctl.model.view", "job_view")
    workflow_job_view = later("qctl.model.workflow.view", "workflow_job_view")


MOST_TREES: Final = 50  #: workflows that are drawn, or of which programs are told the parts
MOST_PARTS: Final = 2000  #: of a workflow that is drawn: nobody reads more of them on a screen
_RANK = {State.RUNNING: 0, State.SCHEDULED: 2, State.ENDED: 3}


def of_words(
    invocation: Invocation,
    *,
    query: Sequence[str] | None,
    every_: bool,
    state: str | None,
    queue: str | None,
    task: str | None,
    tree: bool,
    limit: int,
    watched: bool,
) -> None:
    """Carry out what the words of the command line say. Raises QctlError."""
    here = open_session(invocation, FORMATS)
    config = here.instance_config()
    refuse_hidden_instance(here, config)
    if state is not None:
        must_be_a_state(state)
    zone = here.zone_of_dates(config)
    said = (("state", state), ("queue", queue), ("task", task))
    flags = every([Field(name, value) for name, value in said if value])
    asked = every([query_of(here, query, zone) if query else Every(), flags])
    with here.client(config) as client:
        view = _View(here, client, Wanted(asked, zone, limit, query or [], flags, ended_too=every_, tree=tree))
        if watched:
            watch(here, Listed(look=view.seen, command="qctl ps", name="id", columns=JOB_COLUMNS, gone=view.gone))
        view.look()
    for search in view.searches if asked != Every() else ():
        tell_extent(here, search, "first" if search.scope.active else "newest")
    if view.large:
        here.say(f"of more than {MOST_PARTS:,} parts, and told in one row: qctl show {view.large[0]}")
    emit_list(here.settings, view.items(), lambda: view.lines(here.out))


class _View:
    """One list of jobs, looked at once or again and again; `searches` are those of the last look."""

    def __init__(self, here: Session, client: Client, wanted: Wanted) -> None:
        self._settings, self._client, self._wanted = here.settings, client, wanted
        self._jobs: dict[str, Job] = {}
        self._flows: Mapping[str, Workflow] = {}
        self._counted: Mapping[str, Progress] = {}
        self.searches: list[Search] = []
        self.large: Sequence[str] = ()  #: workflows that are not drawn as trees, for they are made of too much

    def look(self) -> None:
        """Read the jobs as they are now. Raises QctlError."""
        client, wanted, settings = self._client, self._wanted, self._settings
        shown, self.searches = listed(client, wanted)
        shown.sort(key=lambda job: _RANK.get(job.state, 1))
        self._jobs = {job.id: job for job in shown}
        self._flows, self._counted = {}, {}
        if not any(job.call.kind is Kind.WORKFLOW for job in shown):
            return
        if wanted.tree and (settings.for_people or settings.output in ("json", "jsonl")):
            self._flows = workflows_among(client.reading, self._drawn(shown), MOST_TREES)
        if settings.for_people:
            self._counted = progress_among(client.reading, [job for job in shown if job.id not in self._flows])

    def _drawn(self, shown: Sequence[Job]) -> Sequence[Job]:
        """Those that are told with all that they are made of: programs have asked for it, and people read a screen."""
        flows = [job for job in shown if job.call.kind is Kind.WORKFLOW][:MOST_TREES]
        if not self._settings.for_people:
            return flows
        parts = self._client.reading.parts([job.id for job in flows])
        self.large = [job.id for job in flows if parts[job.id] > MOST_PARTS]
        return [job for job in flows if parts[job.id] <= MOST_PARTS]

    def items(self) -> list[Mapping[str, Any]]:
        """The jobs that were seen, for programs; their ids alone where nothing else is written."""
        jobs = self._jobs.values()
        if not self._settings.for_programs:
            return [{"id": job.id} for job in jobs]
        return [self._item(job) for job in jobs]

    def _item(self, job: Job) -> Mapping[str, Any]:
        return workflow_job_view(self._flows[job.id]) if job.id in self._flows else job_view(job)

    def lines(self, look: Look) -> Sequence[str]:
        """The jobs that were seen, as a table."""
        wanted = self._wanted
        return table(
            list(self._jobs.values()),
            server_name(self._client.instance),
            look,
            wide=self._settings.output == "wide",
            flows=self._flows,
            counted=self._counted,
            tree=wanted.tree,
            none="nothing waits or runs" if wanted.query == Every() else "no job that waits or runs is as asked for",
        )

    def seen(self, look: Look) -> Seen:
        """The jobs as they are now, and how to tell of what has changed. Raises QctlError."""
        self.look()
        return Seen(
            items=[self._item(job) for job in self._jobs.values()],
            lines=lambda: self.lines(look),
            told=lambda item: change(self._jobs[str(item["id"])], look),
        )

    def gone(self, job_id: str) -> dict[str, Any] | None:
        """How a job that is listed no more has ended; None if it has not, or nobody knows."""
        found = next(iter(self._client.reading.jobs([job_id])), None)
        if found is None or not found.ended:
            return None
        self._jobs[job_id] = found
        return job_view(found)
