"""`qctl chain`: tasks one after the other, each given the value of the one before it."""

from __future__ import annotations

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_composed
from qctl.cli.composing import chain as chained
from qctl.cli.composing import with_policy
from qctl.cli.grammar import new_app
from qctl.cli.option_lists import Policy, Steps, with_options
from qctl.cli.session import session

app = new_app()


@app.command()
@with_options
def chain(
    context: typer.Context,
    manner: options.Manner,
    wish: options.Wish,
    steps: Steps = None,
    policy: Policy = None,
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
    return submit_composed(with_policy(chained(steps or ()), policy), session(context), wish, manner)
