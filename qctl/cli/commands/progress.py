"""`qctl progress`, inside a job: say how far it is, through the socket in its run directory."""

from __future__ import annotations

import json
import os
import socket
from typing import Annotated, Any, Final

import typer

from qctl.cli.emit import write
from qctl.cli.grammar import new_app
from qctl.cli.settings import settings
from qctl.errors import QctlError, TryAgain, UsageError

app = new_app()

_PATIENCE: Final = 5.0  #: seconds that the worker may take to answer


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
    folder = os.environ.get("QCTL_RUN_DIR")
    if not folder:
        raise UsageError("qctl progress works inside a job only: QCTL_RUN_DIR is not set")
    fraction = fraction_of(done)
    if settings(context.obj.flags, os.environ).dry_run:
        write(f"would say that it is at {fraction:.0%}")
        return
    answer = _ask(folder, {"progress": fraction, "text": " ".join(text) if text else None})
    if "error" in answer:
        raise UsageError(str(answer["error"]))


def fraction_of(done: str) -> float:
    """Read `0.5`, `50%` or `3/10` as a number from 0 to 1. Raises UsageError."""
    part, slash, whole = done.partition("/")
    try:
        if slash:
            value = float(part) / float(whole)
        elif done.endswith("%"):
            value = float(done[:-1]) / 100
        else:
            value = float(done)
    except (ValueError, ZeroDivisionError):
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"`{done}` does not say how far it is: write 0.5, 50% or 3/10")
    return value


def _ask(folder: str, question: dict[str, Any]) -> dict[str, Any]:
    """Send one line and read one line. Raises TryAgain if the worker does not answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(os.path.join(folder, "qctl.sock"))
            connection.sendall(json.dumps(question).encode() + b"\n")
            line = connection.makefile("rb").readline()
        answer = json.loads(line)
    except OSError as error:
        raise TryAgain(f"the worker of this job does not answer: {error}") from None
    except ValueError:
        raise QctlError("the worker of this job hung up: the attempt is over") from None
    return answer if isinstance(answer, dict) else {}
