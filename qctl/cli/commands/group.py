"""`qctl group`: tasks side by side; their values are a list in the order in which they were given."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_group
from qctl.cli.grammar import new_app
from qctl.cli.session import session

app = new_app()


@app.command()
def group(
    context: typer.Context,
    steps: Annotated[list[str] | None, typer.Argument(metavar="STEP…", help="words as after `run`, quoted")] = None,
    each: Annotated[str | None, typer.Option("--each", help="a member for each line of a file; -: of stdin")] = None,
    null: options.Null = False,
    policy: Annotated[str, typer.Option("--policy", help="all succeed, any does, or all have settled")] = "all",
    max_parallel: Annotated[int | None, typer.Option("--max-parallel", min=1, help="members at a time")] = None,
    max_fail: Annotated[
        str | None, typer.Option("--max-fail", help="so many may fail, 3 or 10%: null for them")
    ] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="cancel the rest at the first failure")] = False,
    wait: options.Wait = False,
    follow: options.Follow = False,
    graph: options.Graph = False,
    queue: options.Queue = None,
    priority: options.Priority = None,
    countdown: options.Countdown = None,
    eta: options.Eta = None,
    after: options.After = None,
    expires: options.Expires = None,
    retries: options.Retries = None,
    key: options.Key = None,
    if_exists: options.IfExists = None,
    host: options.Host = None,
    variables: options.Variables = None,
    labels: options.Labels = None,
    stdin: options.Stdin = None,
    timeout: options.Timeout = None,
) -> int:
    """Run tasks side by side; their values are a list in the order given. Prints the workflow's id.

    \b
    qctl group 'probe h=a' 'probe h=b' --wait
    ls *.png | qctl group resize --each - --max-parallel 4 --wait
    qctl group 'copy from={} to=/mnt' --each hosts.txt --max-fail 10%
    qctl group 'mirror h=a' 'mirror h=b' --policy any --fail-fast

    See also: qctl help pipelines, run --each, chord
    """
    said = locals()
    return submit_group(steps or (), None, said, session(context))
