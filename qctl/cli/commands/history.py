"""`qctl history`: jobs that have ended."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Annotated, Final

import typer

from qctl.cli.choosing import chosen
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.joblog import COLUMNS, joblog
from qctl.cli.query_options import Words
from qctl.cli.querying import one_of, query_of, tell_extent
from qctl.cli.screens import jobs as screens
from qctl.cli.session import server_name, session
from qctl.cli.stretch import stretch
from qctl.client.figures import count_ended
from qctl.client.searching import MOST
from qctl.errors import UsageError
from qctl.model.folding import fold, unfolded
from qctl.model.job import Job
from qctl.model.query_scope import Scope
from qctl.model.query_tree import Field, Query, every
from qctl.model.state import Outcome
from qctl.model.view import job_view

app = new_app()

_FOLDED: Final = 1000  #: jobs at most that the rows of a table are made of


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
    each: Annotated[bool, typer.Option("--all", help="a row for each run of a schedule")] = False,
) -> None:
    """List the jobs that have ended, newest first. The jobs of a workflow are listed where they are asked for.

    In the table the runs of a schedule that went well stand in one row, with how many they are, unless some jobs are
    asked for. EXIT is the exit code, or the signal that ended the job. With -o tsv it is a joblog, with the columns of
    GNU parallel's before ours.

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
    asked = [query_of(here, query, zone), one_of("state", _outcomes(state or [])), *_of_task(task)]
    oldest, newest = stretch(since, until, here, zone)
    with here.client(config) as client:
        mark = None if before is None else client.job(chosen(client, [before])[0])
        bounds = Scope(since_ms=oldest, until_ms=newest if mark is None else (mark.ended_ms or 0) + 1)
        whole = not (query or task or state)
        search = client.search(every(asked), zone, bounds, max(MOST, limit + 1), whole=whole)
        found = _after(mark, search.ended())
        folding = whole and not each and here.settings.for_people
        page = fold(found, limit, _FOLDED) if folding else unfolded(found, limit)
        wide = here.settings.output == "wide"
        sums = count_ended(client.reading, oldest, newest, by_outcome=wide) if whole and page.more else None
        name = server_name(client.instance)
    tell_extent(here, search)
    older = page.jobs[-1].id if page.jobs and page.more else None
    few = any((query, task, state, since, until, before))
    lines = partial(screens.history, page.rows, name, here.out, wide=wide, older=older, chosen=few, sums=sums)
    if here.settings.output == "tsv":
        emit_list(here.settings, joblog(page.jobs), list, columns=COLUMNS)
    else:
        emit_list(here.settings, [job_view(job) for job in page.jobs], lines, following=older)


def _of_task(task: str | None) -> list[Query]:
    return [Field("task", task)] if task else []


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
