"""`qctl history`: jobs that have ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Annotated

import typer

from qctl.cli.choosing import chosen
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.screens import jobs as screens
from qctl.cli.session import Session, server_name, session
from qctl.client.past import past
from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.local_time import full
from qctl.model.state import Outcome
from qctl.model.view import job_view
from qctl.model.when import since as begin_of

app = new_app()


@app.command()
def history(
    context: typer.Context,
    task: Annotated[str | None, typer.Option("--task", help="of this task")] = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="succeeded, failed, timeout …")] = None,
    since: Annotated[str | None, typer.Option("--since", help="24h, yesterday, mon 09:00")] = None,
    until: Annotated[str | None, typer.Option("--until", help="the other end")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="at most so many")] = 20,
    before: Annotated[str | None, typer.Option("--before", help="older than this job")] = None,
) -> None:
    """List the jobs that have ended, newest first.

    \b
    qctl history --since 24h
    qctl history --task backup-db --state failed
    qctl history -n 1000 -o tsv > joblog.tsv
    """
    here = session(context)
    outcomes = _outcomes(state or [])
    config = here.instance_config()
    oldest, newest = _stretch(since, until, here, here.zone_of_dates(config))
    with here.client(config) as client:
        if before is not None:
            newest = client.job(chosen(client, [before])[0]).ended_ms
        found = past(client.reading, task, newest, unsuccessful=bool(outcomes) and Outcome.SUCCEEDED not in outcomes)
        shown, more = _take(found, outcomes, oldest, limit)
        name = server_name(client.instance)
    older = shown[-1].id if shown and more else None
    wide, few = here.settings.output == "wide", any((task, state, since, until, before))

    def lines() -> list[str]:
        return screens.history(shown, name, here.out, wide=wide, older=older, chosen=few)

    emit_list(here.settings, [job_view(job) for job in shown], lines, following=older)


def _stretch(since: str | None, until: str | None, here: Session, zone: tzinfo) -> tuple[int | None, int | None]:
    """Begin and end in ms since the epoch, where they were given. Raises UsageError if no job can lie between them."""
    begin = None if since is None else begin_of(since, here.err.now, zone)
    end = None if until is None else begin_of(until, here.err.now, zone)
    if begin is not None and begin.at > here.err.now:
        raise UsageError(f"--since {begin.echo(here.err.now)} is still to come", help="qctl help dates")
    if begin is not None and end is not None and begin.at > end.at:
        raise UsageError(f"--since {full(begin.at)} comes after --until {full(end.at)}", help="qctl help dates")
    here.echo([(word, moment) for word, moment in (("since", begin), ("until", end)) if moment])
    return begin.ms if begin else None, end.ms if end else None


def _outcomes(words: list[str]) -> frozenset[Outcome]:
    for word in words:
        if word not in set(Outcome):
            raise UsageError(f"--state is one of {', '.join(Outcome)}, not `{word}`")
    return frozenset(Outcome(word) for word in words)


def _take(past: Iterator[Job], outcomes: frozenset[Outcome], oldest: int | None, limit: int) -> tuple[list[Job], bool]:
    """The first jobs that fit, and whether there are more of them."""
    shown: list[Job] = []
    for job in past:
        if oldest is not None and (job.ended_ms or 0) < oldest:
            return shown, False
        if outcomes and job.outcome not in outcomes:
            continue
        if len(shown) == limit:
            return shown, True
        shown.append(job)
    return shown, False
