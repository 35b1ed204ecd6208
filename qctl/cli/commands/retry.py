"""`qctl retry`: ended jobs run again, under their own ids or as copies."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from qctl.cli.bulk import agreed, meant, named
from qctl.cli.emit import emit_list
from qctl.cli.grammar import new_app
from qctl.cli.query_options import QueryOption
from qctl.cli.querying import named_or_meant, one_of, query_of
from qctl.cli.retrying import code_of, copied, rehearsed, retried
from qctl.cli.session import session
from qctl.cli.stretch import stretch
from qctl.client.again import skipped_after, with_secrets
from qctl.errors import UsageError
from qctl.model.query_scope import ENDED, Scope
from qctl.model.query_tree import every
from qctl.model.state import Outcome

app = new_app()

_FAILURES: Final = (Outcome.FAILED, Outcome.TIMEOUT, Outcome.LOST)
_COLUMNS: Final = ("id", "task", "answer", "copy_of")


@app.command()
def retry(
    context: typer.Context,
    jobs: Annotated[list[str] | None, typer.Argument(metavar="JOB", help="ids or their beginnings, @failed")] = None,
    query: QueryOption = None,
    failed: Annotated[bool, typer.Option("--failed", help="all that failed, timed out or were lost")] = False,
    since: Annotated[str | None, typer.Option("--since", help="of those, what ended since: 2h, mon 09:00")] = None,
    with_dependents: Annotated[
        bool, typer.Option("--with-dependents", help="what was skipped because of them waits for them again")
    ] = False,
    new: Annotated[bool, typer.Option("--new", help="as a new job with an id of its own")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="exit 5 if one has not ended")] = False,
) -> int:
    """Run ended jobs again: the same job, its attempts counted on, failures and crashes from 0.

    Of a workflow what failed or was skipped runs again; the values of the rest are kept.

    \b
    qctl retry @failed             the newest that failed, timed out or was lost
    qctl retry 7kq2 --new          a copy, with an id of its own
    qctl retry 7kq5 --failed       of workflow 7kq5 what failed
    qctl retry --failed --since 2h
    qctl retry 7kq2 --with-dependents    and what was skipped because it failed
    qctl retry --query 'task:import* exit:75' -y

    Exit codes:
      1   one did not run again: a step whose turn never came
      4   there is no such job
      5   with --strict: one has not ended
      75  its queue is full: try again

    See also: errors, cancel, qctl help query
    """
    here = session(context)
    named_or_meant(jobs, query or (failed and not jobs))
    if since is not None and jobs:
        raise UsageError("--since is for --failed and --query")
    if new and with_dependents:
        raise UsageError("nothing waits for a copy: --new and --with-dependents do not go together")
    config = here.config()
    zone = here.zone_of_dates(config)
    asked = every([query_of(here, [query or ""], zone), one_of("state", _FAILURES if failed else ())])
    oldest, _ = stretch(since, None, here, zone)
    with here.client(config) as client:
        bounds = Scope(standings=ENDED, since_ms=oldest)
        found = named(client, jobs) if jobs else meant(here, client, asked, zone, bounds, whole=True)[::-1]
        behind = skipped_after(client, found) if with_dependents else []
        go_on = bool(jobs) or agreed(here, [*found, *behind], "Retry")
        if new:
            found = [with_secrets(client, job) for job in found]
        if here.settings.dry_run or not go_on:
            done = rehearsed(client, found, behind, new=new)
        elif new:
            done = copied(client, found, here)
        else:
            done = retried(client, found, behind, failed=failed and bool(jobs))
    emit_list(
        here.settings, done.items, lambda: list(done.lines(here.out, dry=here.settings.dry_run)), columns=_COLUMNS
    )
    return code_of(done, strict=strict)
