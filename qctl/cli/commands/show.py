"""`qctl show`: all about a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import typer

from qctl.classes import replace
from qctl.cli.aside import show_aside
from qctl.cli.choosing import chosen
from qctl.cli.emit import emit_list, emit_one
from qctl.cli.grammar import new_app
from qctl.cli.session import Session, server_name, session
from qctl.client import Client
from qctl.client.following import Follower
from qctl.client.queueing import what_holds
from qctl.client.terms import Pause, Queue, WorkflowState
from qctl.client.workflows import speaker
from qctl.config.command_line import command_line, definition_of, limits_of
from qctl.config.next_run import around_of
from qctl.errors import NoSuchJob
from qctl.later import cached_property
from qctl.model.around import Around
from qctl.model.attempt import Value
from qctl.model.call import Kind
from qctl.model.job import Job
from qctl.model.lines import last_lines
from qctl.model.report import Steps, report
from qctl.model.state import Outcome, State
from qctl.model.view import job_view, told_view
from qctl.model.workflow.inputs import InputGone
from qctl.model.workflow.telling import steps_of
from qctl.model.workflow.view import workflow_job_view

app = new_app()

_LINES: Final = 10  #: of output
_MOST_ROWS: Final = 40  #: of a workflow's tree, on a terminal
_MOST_PIPED: Final = 200  #: and in a pipe


@app.command()
def show(
    context: typer.Context,
    jobs: Annotated[
        list[str], typer.Argument(metavar="JOB", help="ids, their beginnings, @last, @last:TASK or @failed")
    ],
) -> None:
    """Show all about jobs: what was asked, how it went, what it wrote last, what one can do.

    \b
    qctl show @last                the newest job
    qctl show @failed              the newest that failed, timed out or was lost
    qctl show @last:backup-db      the newest of a task
    qctl show 7kq2 -o json         by the id's beginning, for a program
    qctl show 7kq5.2               a job of workflow 7kq5, as its tree names it

    Exit codes:
      4  there is no such job

    See also: logs, history, retry, schema job
    """
    here = session(context)
    with here.client() as client:
        try:
            found = client.jobs(chosen(client, jobs))
        except NoSuchJob:
            show_aside(here, client, jobs)
            raise
        reports = _Reports(client, here, found)
        items = [reports.item(job) if here.settings.for_programs else {"id": job.id} for job in found]
        if len(found) == 1:
            emit_one(here.settings, items[0], lambda: reports.lines(found[0]))
        else:
            emit_list(here.settings, items, lambda: [line for job in found for line in [*reports.lines(job), ""]])


class _Reports:
    """What is told of jobs: that which stands beside their records is read of all of them together."""

    def __init__(self, client: Client, here: Session, jobs: Sequence[Job]) -> None:
        self._client, self._here = client, here
        self._beside = dict(zip((job.id for job in jobs), client.beside(jobs), strict=True))

    @cached_property
    def _holding(self) -> tuple[Mapping[str, Pause], Sequence[Queue]]:
        """Pauses and queues, which may hold a job back: read if there is one that waits in a queue."""
        whole = self._client.reading.whole()
        return whole.pauses, whole.queues

    def item(self, job: Job) -> dict[str, Any]:
        """A job for programs."""
        client, (related, _) = self._client, self._beside[job.id]
        if (flow := _flow_of(client, job)) is not None:
            item = workflow_job_view(flow, _value(client, job) if job.outcome is Outcome.SUCCEEDED else None)
        else:
            children = [] if job.ended else related.dependents
            task = definition_of(job, client.config)
            timeout_s = None if task is None else task.timeout
            item = job_view(job, _value(client, job) if job.value_kind else None, timeout_s, children)
        return item | {"notified": [told_view(told) for told in related.told]}

    def lines(self, job: Job) -> list[str]:
        """A job for people."""
        client, here, (related, known) = self._client, self._here, self._beside[job.id]
        steps = _steps(_flow_of(client, job), here)
        around = around_of(known, here.out.now_ms) if known else Around()
        if (task := definition_of(job, client.config)) is not None:
            around = replace(around, timeout_s=task.timeout, limits=limits_of(task))
        around = replace(
            around,
            server=server_name(client.instance),
            command=command_line(job, client.config),
            told=related.told,
            held=self._held(job, related.rule) if job.state is State.QUEUED else "",
            awaited=related.awaited if job.state is State.WAITING else (),
            dependents=() if job.ended else related.dependents,
        )
        speaks = client.job(steps.speaks) if steps is not None and steps.speaks else job
        return report(job, self._output(speaks), here.out, around, steps)

    def _held(self, job: Job, rule: Mapping[str, Any]) -> str:
        return what_holds(job.queue, *self._holding, rule)

    def _output(self, job: Job) -> list[str]:
        """The last lines that its last attempt wrote: of a job that has ended they came along, if they are there."""
        _, known = self._beside.get(job.id, (None, None))
        if known is not None and known.output and not known.speaks:
            return known.last_lines(_LINES)
        if not job.attempt:
            return []
        said = Follower(job.id, self._client.reading, job.attempt).read(job)
        return last_lines((piece.chunk for piece in said), _LINES)


def _value(client: Client, job: Job) -> Value | None:
    """What a job left; None if it is gone, with a workflow that was removed: the rest is there to be seen."""
    try:
        return client.value(job.id)
    except InputGone:
        return None


def _flow_of(client: Client, job: Job) -> WorkflowState | None:
    """The workflow that a job is; None of any other job, or if its plan is gone."""
    return client.reading.workflow(job.id) if job.call.kind is Kind.WORKFLOW else None


def _steps(flow: WorkflowState | None, here: Session) -> Steps | None:
    """The tree of a workflow: all of it with -o wide, else as much as one looks through, or searches in a pipe."""
    if flow is None:
        return None
    most = None if here.settings.output == "wide" else _MOST_PIPED if here.out.width is None else _MOST_ROWS
    node = speaker(flow)
    return steps_of(flow, here.out, "" if node is None else flow.jobs[node].id, most)
