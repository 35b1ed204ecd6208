"""`qctl chord`: tasks side by side, then one that receives the list of their values."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_group
from qctl.cli.grammar import new_app
from qctl.cli.session import session
from qctl.errors import UsageError

app = new_app()


@app.command()
def chord(
    context: typer.Context,
    steps: Annotated[list[str] | None, typer.Argument(metavar="STEP…", help="words as after `run`, quoted")] = None,
    then: Annotated[str | None, typer.Option("--then", metavar="STEP", help="receives the list of values")] = None,
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
    """Run tasks side by side, then one with the list of their values. Prints the workflow's id.

    \b
    qctl chord 'probe h=a' 'probe h=b' --then report --wait
    qctl chord 'probe h=a' 'probe h=b' --then report --policy settled
    ls *.png | qctl chord resize --each - --then montage

    See also: qctl help pipelines, chain, group
    """
    said = locals()
    if then is None:
        words = " ".join(map(shlex.quote, steps or ("STEP",)))
        raise UsageError(
            "a chord ends with a step that receives the values: --then",
            help=f"qctl chord {words} --then STEP        qctl group {words}        has none",
        )
    return submit_group(steps or (), then, said, session(context))
