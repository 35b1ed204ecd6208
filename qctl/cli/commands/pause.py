"""`qctl pause`: nothing of these queues is started any more, of all of them with --all."""

from __future__ import annotations

from typing import Annotated

import typer

from qctl.cli import pausing
from qctl.cli.grammar import new_app
from qctl.cli.session import session

app = new_app()

Names = Annotated[list[str] | None, typer.Argument(help="names of queues", metavar="QUEUE")]
For = Annotated[str | None, typer.Option("--for", help="resume by itself after this time, such as 30m")]
Reason = Annotated[str, typer.Option("--reason", help="why: shown to whoever wonders")]
Strict = Annotated[bool, typer.Option("--strict", help="exit 5 if one was so already")]


@app.command()
def pause(
    context: typer.Context,
    names: Names = None,
    every: Annotated[bool, typer.Option("--all", help="every queue, those to come included")] = False,
    length: For = None,
    reason: Reason = "",
    strict: Strict = False,
) -> int:
    """Start no more jobs. What runs goes on, and jobs may be submitted.

    With --all schedules fire nothing meanwhile: what falls due is skipped, and told by `qctl schedule missed`.

    \b
    qctl pause --all --for 30m --reason 'moving the database'
    qctl pause mails               of one queue; its schedules still enqueue

    See also: resume, worker drain, schedule disable
    """
    return pausing.pause(session(context), names or (), every=every, length=length, reason=reason, strict=strict)
