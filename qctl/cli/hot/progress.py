"""What `qctl progress` does, inside a job: say how far it is, through the socket in its run directory."""

from __future__ import annotations

import os
from _socket import AF_UNIX, SOCK_STREAM, socket

from qctl.cli.emit import write
from qctl.cli.settings import settings
from qctl.errors import QctlError, TryAgain, UsageError
from qctl.json_text import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from qctl.cli.invocation import Invocation

_PATIENCE: Final = 5.0  #: seconds that the worker may take to answer


def of_words(invocation: Invocation, *, done: str, text: Sequence[str] | None) -> None:
    """Carry out what the words of the command line say. Raises UsageError, and TryAgain if the worker is silent."""
    folder = os.environ.get("QCTL_RUN_DIR")
    if not folder:
        raise UsageError("qctl progress works inside a job only: QCTL_RUN_DIR is not set")
    fraction = fraction_of(done)
    if settings(invocation.flags, os.environ).dry_run:
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
        answer = loads(_exchanged(os.path.join(folder, "qctl.sock"), dumps(question).encode() + b"\n"))
    except OSError as error:
        raise TryAgain(f"the worker of this job does not answer: {error}") from None
    except ValueError:
        raise QctlError("the worker of this job hung up: the attempt is over") from None
    return answer if isinstance(answer, dict) else {}


def _exchanged(path: str, line: bytes) -> bytes:
    """Send a line to a socket and read the line that answers it; what came by then of who hangs up. Raises OSError."""
    connection, answer = socket(AF_UNIX, SOCK_STREAM), b""
    try:
        connection.settimeout(_PATIENCE)
        connection.connect(path)
        connection.sendall(line)
        while not answer.endswith(b"\n") and (more := connection.recv(65536)):
            answer += more
    finally:
        connection.close()
    return answer
