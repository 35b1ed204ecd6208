"""`qctl cancel`: queued jobs never start, running ones are told to stop."""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from qctl.cli.bulk import agreed, meant, named
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.query_options import QueryOption
from qctl.cli.querying import named_or_meant, query_of
from qctl.cli.requesting import plain, seconds
from qctl.cli.screens.words import called
from qctl.cli.session import Session, session
from qctl.client import Client
from qctl.client.terms import Cancelled
from qctl.config.requests import caller
from qctl.errors import NoSuchJob, RedisBusy, RedisUnreachable, Refused, UsageError
from qctl.model.call import Kind
from qctl.model.job import Job
from qctl.model.query_scope import ACTIVE, Scope
from qctl.model.retry import signal_name
from qctl.model.state import State

app = new_app()

_COLUMNS: Final = ("id", "task", "answer", "worker")


@app.command()
def cancel(
    context: typer.Context,
    jobs: Annotated[
        list[str] | None, typer.Argument(metavar="JOB", help="ids, their beginnings, @last or @last:TASK")
    ] = None,
    query: QueryOption = None,
    signal: Annotated[
        str | None, typer.Option("--signal", help="a name or number, in place of the task's stop_signal")
    ] = None,
    grace: Annotated[
        str | None, typer.Option("--grace", help="from the signal to KILL, in place of the task's")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="why: kept with the job, and shown")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="exit 5 if one had ended already")] = False,
) -> int:
    """Cancel jobs: queued ones never start, running ones are told to stop. It says which it was.

    \b
    qctl cancel 7kq2                                           by its id
    qctl cancel @last --signal INT --reason 'wrong folder'     the newest job
    qctl cancel --query 'task:import* state:queued' --dry-run  a trial
    qctl cancel --query 'by:ana' -y                            all, unasked

    A job that has ended already is told so, and is no failure. One that runs gets its task's stop signal, and KILL when
    `grace` is over. Of a workflow all that has not ended is cancelled.

    Exit codes:
      4  there is no such job
      5  with --strict: one had ended

    See also: retry, queue purge, qctl help query
    """
    here = session(context)
    named_or_meant(jobs, query)
    plain("--reason", reason)
    number = None if signal is None else signal_number(signal)
    patience = None if grace is None else seconds("--grace", grace)
    config = here.instance_config()
    zone = here.zone_of_dates(config)
    asked = query_of(here, [query or ""], zone)
    with here.client(config) as client:
        found = meant(here, client, asked, zone, Scope(standings=ACTIVE)) if query else named(client, jobs or ())
        go_on = not query or agreed(here, found, "Cancel")
        if here.settings.dry_run or not go_on:
            items = [_item(job, _expected(job)) for job in found]
        else:
            answers = client.cancel([job.id for job in found], reason, caller(), number, patience)
            pairs = zip(found, answers, strict=True)
            items = [_item(as_it_ended(client, job, answer), answer) for job, answer in pairs]
    would = "would be " if here.settings.dry_run else ""
    emit_list(here.settings, items, lambda: _lines(found, items, number, would, here), columns=_COLUMNS)
    if strict and any(item["answer"] == "ENDED" for item in items):
        raise Refused("a job had ended already", help="qctl show " + " ".join(job.id for job in found))
    return 0


def signal_number(text: str) -> int:
    """A signal by name or number: `TERM`, `SIGTERM`, `15`. Raises UsageError."""
    name = text.upper().removeprefix("SIG")
    if name.isdecimal() and 0 < int(name) < signals.NSIG:
        return int(name)
    try:
        return int(signals.Signals[f"SIG{name}"])
    except KeyError:
        raise UsageError(f"--signal: there is no signal `{text}`") from None


def _expected(job: Job) -> Cancelled:
    if job.ended:
        return Cancelled("ENDED", None)
    return Cancelled("RUNNING" if job.state is State.RUNNING else "OK", job.worker)


def _item(job: Job, answer: Cancelled) -> dict[str, Any]:
    """The answer as `qctl.cancelled/1`."""
    if answer.answer == "UNKNOWN":
        raise NoSuchJob(id=job.id)
    return {
        "schema": "qctl.cancelled/1",
        "id": job.id,
        "task": job.call.task,
        "answer": answer.answer,
        "worker": job.worker if answer.answer == "RUNNING" else None,
        "workflow": job.call.kind is Kind.WORKFLOW,
        "outcome": str(job.outcome) if job.outcome else None,
        "attempt": job.attempt,
    }


def as_it_ended(client: Client, job: Job, answer: Cancelled) -> Job:
    """The job; one that has ended between the look at it and the cancel is read again, for how it ended."""
    if answer.answer != "ENDED" or job.ended:
        return job
    try:
        return client.job(job.id)
    except (NoSuchJob, RedisUnreachable, RedisBusy):  # removed since then, or not to be read any more
        return job


def _lines(
    found: Sequence[Job], items: Sequence[dict[str, Any]], number: int | None, would: str, here: Session
) -> list[str]:
    told = zip(found, items, strict=True)
    return [f"{called(job, here.out)}: {_became(item, number, would)}" for job, item in told]


def _became(item: dict[str, Any], number: int | None, would: str) -> str:
    name = f"SIG{signal_name(number)}" if number is not None else "to stop"
    if item["workflow"] and item["answer"] == "RUNNING":
        return f"{would}cancelled: what runs of it is told {name}, the rest never starts"
    meaning = {
        "OK": f"{would}cancelled: it {'is not tried again' if item['attempt'] else 'never starts'}",
        "RUNNING": f"{would}told {name} on {item['worker']}",
        "ENDED": f"had ended already: {item['outcome'] or 'removed'}",
    }
    return meaning[item["answer"]]
