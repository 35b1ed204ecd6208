"""`qctl group`: tasks side by side; their values are a list in the order in which they were given."""

from __future__ import annotations

import typer

from qctl.cli import submit_options as options
from qctl.cli.composed import submit_group
from qctl.cli.grammar import new_app
from qctl.cli.option_lists import Steps, with_options
from qctl.cli.session import session

app = new_app()


@app.command()
@with_options
def group(
    context: typer.Context,
    lines: options.Lines,
    terms: options.Terms,
    manner: options.Manner,
    wish: options.Wish,
    steps: Steps = None,
) -> int:
    """Run tasks side by side; their values are a list in the order given. Prints the workflow's id.

    \b
    qctl group 'probe h=a' 'probe h=b' --wait
    ls *.png | qctl group resize --each - --max-parallel 4 --wait
    qctl group 'copy from={} to=/mnt' --each hosts.txt --max-fail 10%
    qctl group 'mirror h=a' 'mirror h=b' --policy any --fail-fast

    See also: qctl help pipelines, run --each, chord
    """
    return submit_group(steps or (), None, terms, lines, session(context), wish, manner)
