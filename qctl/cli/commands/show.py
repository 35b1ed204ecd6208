"""`qctl show`: all about a job."""

from __future__ import annotations

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
from qctl.client.terms import WorkflowState
from qctl.client.workflows import speaker
from qctl.config.command_line import command_line, definition_of, limits_of
from qctl.config.next_run import around_of
from qctl.errors import NoSuchJob
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
        items = [_item(client, job) if here.settings.for_programs else {"id": job.id} for job in found]
        name = server_name(client.instance)
        if len(found) == 1:
            emit_one(here.settings, items[0], lambda: _report(client, found[0], here, name))
        else:
            emit_list(
                here.settings,
                items,
                lambda: [line for job in found for line in [*_report(client, job, here, name), ""]],
            )


def _item(client: Client, job: Job) -> dict[str, Any]:
    if (flow := _flow_of(client, job)) is not None:
        item = workflow_job_view(flow, _value(client, job) if job.outcome is Outcome.SUCCEEDED else None)
    else:
        children = [] if job.ended else client.reading.dependents(job.id)
        task = definition_of(job, client.config)
        timeout_s = None if task is None else task.timeout
        item = job_view(job, _value(client, job) if job.value_kind else None, timeout_s, children)
    return item | {"notified": [told_view(told) for told in client.reading.told(job.id)]}


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


def _report(client: Client, job: Job, here: Session, server: str) -> list[str]:
    steps = _steps(_flow_of(client, job), here)
    speaks = client.job(steps.speaks) if steps is not None and steps.speaks else job
    said = Follower(speaks.id, client.reading).read(speaks)
    texts = last_lines((piece.chunk for piece in said if piece.attempt == speaks.attempt), 10)
    reading = client.reading
    related = reading.relations(job.id, job.queue)
    held = ""
    if job.state is State.QUEUED:
        held = what_holds(job.queue, reading.pauses(), reading.queues(), related.rule)
    known = client.surroundings(job.id) if job.ended else None
    around = around_of(known, here.out.now_ms) if known else Around()
    if (task := definition_of(job, client.config)) is not None:
        around = replace(around, timeout_s=task.timeout, limits=limits_of(task))
    around = replace(
        around,
        server=server,
        command=command_line(job, client.config),
        told=related.told,
        held=held,
        awaited=related.awaited if job.state is State.WAITING else (),
        dependents=() if job.ended else related.dependents,
    )
    return report(job, texts, here.out, around, steps)
