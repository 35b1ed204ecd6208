"""Tasks that write to the socket between a child and its slot whatever they like, as any code in a child could."""

from __future__ import annotations

import array
import json
import os
import socket
import stat
import time
from typing import Any, NoReturn

from qctl.engine.processes.reports import pack_ended
from qctl.model.attempt import Value, ValueKind
from qctl.model.ended import Ended, ErrorInfo
from qctl.model.state import Outcome, Reason


def slot() -> socket.socket:
    """This end of the only socket that the child has."""
    number = next(n for n in range(3, 1024) if _is_socket(n))
    return socket.socket(fileno=number)


def _is_socket(number: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def say(what: str) -> NoReturn:
    """Say it, and go as one goes who has said all."""
    _SAYINGS[what](slot())
    os._exit(0)


def silence() -> str:
    """Close the socket and work on: its slot has nothing to hear any more."""
    slot().close()
    time.sleep(1.0)
    return "unheard"


def shared_memory() -> list[int]:
    """The sizes of what this process shares with others and could write to, in bytes."""
    with open("/proc/self/maps", encoding="utf-8") as file:
        found = [line.split() for line in file]
    ranges = [row[0].split("-") for row in found if row[1].startswith("rw-s")]
    return [int(end, 16) - int(start, 16) for start, end in ranges]


def _end(line: socket.socket, **facts: Any) -> None:
    line.send(b"E" + pack_ended(Ended(**{"outcome": Outcome.FAILED, **facts})))


def _memory(line: socket.socket) -> None:
    """A value of a terabyte, of which nothing was written."""
    number = os.memfd_create("large")
    os.ftruncate(number, 1 << 40)
    _with(line, number)


def _pipe(line: socket.socket) -> None:
    """A pipe that nobody writes to and nobody closes."""
    number, _ = os.pipe()
    _with(line, number)


def _with(line: socket.socket, number: int) -> None:
    line.sendmsg([b"\xff"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [number]))])


_ERROR = ErrorInfo(type="E", message="m")
_RIGHT = pack_ended(Ended(outcome=Outcome.SUCCEEDED, value=Value(ValueKind.JSON, b"1")))
_DEEP = b"[" * 100_000
_SAYINGS: dict[str, Any] = {
    "noise": lambda line: line.send(b"\x07" * 500),
    "nothing behind the mark": lambda line: line.send(b"E"),
    "an outcome that there is not": lambda line: line.send(b"E\xc8" + _RIGHT[1:]),
    "more than it says": lambda line: line.send(b"E" + _RIGHT + b"x"),
    "less than it says": lambda line: line.send(b"E" + _RIGHT[:-1]),
    "lost": lambda line: _end(line, outcome=Outcome.LOST, error=_ERROR),
    "crashed": lambda line: _end(line, reason=Reason.CRASHED, error=_ERROR),
    "taken back": lambda line: _end(line, outcome=Outcome.CANCELLED, reason=Reason.STOPPED, error=_ERROR),
    "a value too deep": lambda line: _end(line, outcome=Outcome.SUCCEEDED, value=Value(ValueKind.JSON, _DEEP[:50_000])),
    "a value that is no JSON": lambda line: _end(
        line, outcome=Outcome.SUCCEEDED, value=Value(ValueKind.JSON, b'{"a":NaN}')
    ),
    "bytes": lambda line: _end(line, outcome=Outcome.SUCCEEDED, value=Value(ValueKind.BYTES, b"x")),
    "an exit code of a million": lambda line: _end(line, exit_code=1_000_000, error=_ERROR),
    "failed without an error": lambda line: _end(line),
    "progress that is none": lambda line: line.send(b'P{"fraction":"x","text":1,"told":[]}'),
    "progress too deep": lambda line: line.send(b"P" + _DEEP[:50_000]),
    "a workflow that is none": lambda line: line.send(_with_instead(b"[1]")),
    "memory": _memory,
    "pipe": _pipe,
}
SAYINGS = tuple(_SAYINGS)


def _with_instead(text: bytes) -> bytes:
    """An end whose job is to be replaced by this."""
    plain = bytearray(pack_ended(Ended(outcome=Outcome.SUCCEEDED)))
    plain[-4:] = len(text).to_bytes(4, "little")
    return b"E" + bytes(plain) + text


def progress(lines: int) -> str:
    """Say so often how far one is, without a pause."""
    line, said = slot(), 0
    line.setblocking(True)
    for number in range(lines):
        line.send(b"P" + json.dumps({"fraction": number / lines, "text": None, "told": None}).encode())
        said += 1
    line.detach()
    return f"said {said}"
