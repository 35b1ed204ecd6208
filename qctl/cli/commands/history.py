"""`qctl history`: jobs that have ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from qctl.cli.choosing import chosen
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.querying import Words, first_of, one_of, query_of, tell_extent
from qctl.cli.screens import jobs as screens
from qctl.cli.session import server_name, session
from qctl.cli.stretch import stretch
from qctl.client.searching import MOST
from qctl.errors import UsageError
from qctl.model.job import Job
from qctl.model.query import Field, every
from qctl.model.query_scope import Scope
from qctl.model.state import Outcome
from qctl.model.view import job_view

app = new_app()


@app.command()
def history(
    context: typer.Context,
    query: Words = None,
    task: Annotated[str | None, typer.Option("--task", help="only of this task; * stands for any text")] = None,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help="succeeded, failed, timeout, cancelled, expired, skipped or lost"),
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="ended since: 24h, yesterday, mon 09:00")] = None,
    until: Annotated[str | None, typer.Option("--until", help="ended until, written in the same way")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="at most so many rows")] = 20,
    before: Annotated[str | None, typer.Option("--before", help="ended before this job: the next page")] = None,
) -> None:
    """List the jobs that have ended, newest first. The jobs of a workflow are listed where they are asked for.

    \b
    qctl history --since 24h                    of the last day
    qctl history 'task:backup* (exit:22 OR run>1h)'
    qctl history workflow:7kq5                  the jobs of one workflow
    qctl history -n 1000 -o tsv > joblog.tsv    for a spreadsheet

    See also: qctl help query, qctl help dates, errors, stats, ps -a
    """
    here = session(context)
    config = here.instance_config()
    zone = here.zone_of_dates(config)
    asked = [query_of(here, query, zone), one_of("state", _outcomes(state or []))]
    asked += [Field("task", task)] if task else []
    oldest, newest = stretch(since, until, here, zone)
    with here.client(config) as client:
        mark = None if before is None else client.job(chosen(client, [before])[0])
        if mark is not None:
            newest = (mark.ended_ms or 0) + 1
        bounds = Scope(since_ms=oldest, until_ms=newest)
        whole = not (query or task or state)
        search = client.search(every(asked), zone, bounds, max(MOST, limit + 1), whole=whole)
        shown, more = first_of(_after(mark, search.ended()), limit)
        name = server_name(client.instance)
    tell_extent(here, search)
    older = shown[-1].id if shown and more else None
    wide, few = here.settings.output == "wide", any((query, task, state, since, until, before))

    def lines() -> list[str]:
        return screens.history(shown, name, here.out, wide=wide, older=older, chosen=few)

    emit_list(here.settings, [job_view(job) for job in shown], lines, following=older)


def _outcomes(words: list[str]) -> list[str]:
    for word in words:
        if word not in set(Outcome):
            raise UsageError(f"--state is one of {', '.join(Outcome)}, not `{word}`")
    return words


def _after(mark: Job | None, jobs: Iterator[Job]) -> Iterator[Job]:
    """The jobs that come after one: of those that ended in the same millisecond too."""
    beside: list[Job] = []
    for job in jobs:
        if mark is not None and job.ended_ms == mark.ended_ms:
            beside = [] if job.id == mark.id else [*beside, job]
            continue
        yield from beside
        beside = []
        yield job
    yield from beside
