"""`qctl progress`, inside a job: say how far it is, through the socket in its run directory."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli.grammar import new_app
from qctl.cli.hot.progress import of_words

app = new_app()


@app.command()
def progress(
    context: typer.Context,
    done: Annotated[str, typer.Argument(metavar="DONE", help="0.5, 50% or 3/10")],
    text: Annotated[list[str] | None, typer.Argument(metavar="TEXT", help="what it is doing")] = None,
) -> None:
    """Say how far this job is: on the screens of whoever waits for it. It works inside a job only.

    \b
    qctl progress 50% copying      half way, and at what
    qctl progress 3/10             three of ten
    qctl progress 0.5 "half way"

    See also: run --wait, ps
    """
    of_words(context.obj, done=done, text=text)
