"""`qctl resume`: paused queues go on."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli import pausing
from qctl.cli.commands.pause import Names, Strict
from qctl.cli.grammar import new_app
from qctl.cli.session import session

app = new_app()


@app.command()
def resume(
    context: typer.Context,
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="take back what `pause --all` said")] = False,
    strict: Strict = False,
) -> int:
    """Let paused queues go on.

    \b
    qctl resume --all              take back what `pause --all` said
    qctl resume mails              let one queue go on

    See also: pause, queue list
    """
    return pausing.resume(session(context), names or (), every=every, strict=strict)
