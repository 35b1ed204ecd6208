"""`qctl chain`: tasks one after the other, each given the value of the one before it."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_composed
from qctl.cli.composing import chain as chained
from qctl.cli.composing import with_policy
from qctl.cli.grammar import new_app
from qctl.cli.session import session

app = new_app()


@app.command()
def chain(
    context: typer.Context,
    steps: Annotated[list[str] | None, typer.Argument(metavar="STEP…", help="words as after `run`, quoted")] = None,
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
    policy: options.Policy = None,
    timeout: options.Timeout = None,
) -> int:
    """Run tasks one after the other; each receives the value of the one before it. Prints the workflow's id.

    \b
    qctl chain 'dump db=main' gzip 'upload bucket=x' --wait
    qctl chain dump 'check?' upload       upload runs even if check fails
    qctl chain dump 'page!'               page runs only if dump fails
    qctl chain 'fetch*3' 'load@batch'     tried again 3 times; in a queue
    qctl chain dump '[gzip, sum]' upload  a step may be an expression

    See also: qctl help pipelines, run, group, chord
    """
    said = locals()
    tree = with_policy(chained(steps or ()), policy)
    return submit_composed(tree, session(context), options.wish_of(said), options.manner_of(said))
