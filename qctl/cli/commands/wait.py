"""`qctl wait`: wait for jobs, and exit as they did."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.grammar import new_app
from qctl.cli.hot.wait import of_words
from qctl.cli.option_lists import Timeout

app = new_app()


@app.command()
def wait(
    context: typer.Context,
    jobs: Annotated[
        list[str], typer.Argument(metavar="JOB", help="ids, their beginnings, @last, @last:TASK or @failed")
    ],
    any_one: Annotated[bool, typer.Option("--any", help="until the first of them")] = False,
    state: Annotated[str, typer.Option("--for", metavar="STATE", help="until they are started or ended")] = "ended",
    timeout: Timeout = None,
) -> int:
    """Wait until jobs have ended. Exits as the job does; for several 1 if any failed.

    \b
    qctl wait "$id" && echo done                 go on if it succeeded
    qctl wait "$a" "$b" --timeout 10m            until both have ended
    qctl wait "$a" "$b" --any                    until one of them has
    qctl wait "$id" --for started                until a worker has begun it

    Exit codes:
      0     it succeeded, or all of them did
      1     one of several did not; of one, its own code
      6     it never started: cancelled, expired or skipped
      75    --timeout passed; the job goes on

    See also: run --wait, logs -f, qctl help exit-codes
    """
    return of_words(context.obj, jobs=jobs, any_one=any_one, state=state, timeout=timeout)
