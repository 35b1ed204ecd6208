"""`qctl chord`: tasks side by side, then one that receives the list of their values."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_group
from qctl.cli.grammar import new_app
from qctl.cli.option_lists import Steps, with_options
from qctl.cli.session import session
from qctl.errors import UsageError

app = new_app()


@app.command()
@with_options
def chord(
    context: typer.Context,
    *,
    then: Annotated[
        str | None, typer.Option("--then", metavar="STEP", help="the step that receives the list of values")
    ] = None,
    lines: options.Lines,
    terms: options.Terms,
    manner: options.Manner,
    wish: options.Wish,
    steps: Steps = None,
) -> int:
    """Run tasks side by side, then one with the list of their values. Prints the workflow's id.

    \b
    qctl chord 'probe h=a' 'probe h=b' --then report --wait
    qctl chord 'probe h=a' 'probe h=b' --then report --policy settled
    ls *.png | qctl chord resize --each - --then montage

    See also: qctl help pipelines, chain, group
    """
    if then is None:
        words = " ".join(map(shlex.quote, steps or ("STEP",)))
        raise UsageError(
            "a chord ends with a step that receives the values: --then",
            help=f"qctl chord {words} --then STEP        qctl group {words}        has none",
        )
    return submit_group(steps or (), then, terms, lines, session(context), wish, manner)
