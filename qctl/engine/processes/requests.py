"""What jobs say through their run directory's socket: JSON lines, one answer per line.

`{"progress": 0.3, "text": "copying"}` tells how far a job is; `told` beside it is JSON that is kept as it is. Any other
object is a question to the worker, such as a submit; its answer is what the worker replies. Served by the template, for
a slot is busy with the job that asks.
"""

from __future__ import annotations

import json
import socket

from qctl.current import LONGEST_QUESTION, Said
from qctl.engine.processes.reports import storable
from qctl.model import strict_json
from qctl.model.job import TOLD_APART

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

_READ: Final = 65536
_SHOWN: Final = 500  #: characters of a text of progress
_MOST_TOLD: Final = 70_000  #: characters
_UNREAD: Final = 1 << 20  #: bytes of answers that a caller may leave unread


class Caller:
    """One connection of a job."""

    def __init__(self, connection: socket.socket, slot: int) -> None:
        self.socket, self.slot = connection, slot
        self._half = bytearray()
        self._answer = bytearray()
        self.serial = 0  #: the attempt it was made in; it dies with it
        self.awaited = False  #: whether the loop looks for room for the rest of an answer

    def fileno(self) -> int:
        return self.socket.fileno()

    def lines(self) -> list[bytes] | None:
        """The lines that have come. None: the caller has gone, says things that are too long, or never reads."""
        try:
            data = self.socket.recv(_READ)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if len(self._answer) > _UNREAD:
            return None
        self._half += data
        *lines, rest = bytes(self._half).split(b"\n")
        self._half = bytearray(rest)
        if not data or len(self._half) > LONGEST_QUESTION:
            return lines or None
        return lines

    def reply(self, answer: Mapping[str, Any]) -> None:
        """Answer one line. What the socket does not take is `unsent`."""
        self._answer += json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what is still to be sent; nothing of it is kept for one who reads no more."""
        try:
            while self._answer:
                sent = self.socket.send(self._answer, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
                del self._answer[:sent]
        except BlockingIOError:
            return
        except OSError:
            self._answer.clear()

    @property
    def unsent(self) -> bool:
        """Whether there is more to send when the socket takes it."""
        return bool(self._answer)


def understand(line: bytes) -> dict[str, Any]:
    """Read one line. Raises ValueError with a sentence for the job."""
    try:
        said = strict_json.parse(line.decode())
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")
    return said


def said_in(said: Mapping[str, Any], hide: Callable[[str], str] = str) -> Said:
    """All that a progress line says. Raises ValueError."""
    told = said.get("told")
    if told is not None and (not isinstance(told, str) or len(told) > _MOST_TOLD):
        raise ValueError(f"`told` is JSON as a text of at most {_MOST_TOLD} characters")
    return Said(*progress_of(said, hide), None if told is None else storable(hide(told)))


def progress_of(said: Mapping[str, Any], hide: Callable[[str], str] = str) -> tuple[float | None, str | None]:
    """The fraction, from 0 to 1, and the text of a progress line. Raises ValueError.

    Secrets are hidden before the text is cut: half of one would not be found.
    """
    fraction, text = said["progress"], said.get("text")
    if isinstance(fraction, bool) or not isinstance(fraction, int | float | None):
        raise ValueError("progress is a number from 0 to 1")
    if fraction is not None:
        fraction = float(min(1, max(0, fraction)))
    return fraction, storable(hide(str(text)))[:_SHOWN].replace(TOLD_APART, " ") if text is not None else None
