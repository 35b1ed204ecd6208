"""A connection to a Redis that costs the machine next to nothing while others are measured on it."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, Final

_TEXT: Final = "latin-1"  #: bytes and characters are the same, whatever a peer keeps


class Line:
    """A connection to a port of this machine. Raises OSError, and RuntimeError for an error that the server answers."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._replies = self._socket.makefile("rb")

    def replies(self, commands: Sequence[Sequence[str]]) -> list[Any]:
        """What commands answer that are sent at once."""
        self._socket.sendall(b"".join(map(encoded, commands)))
        return [self._reply() for _ in commands]

    def numbers(self, commands: Sequence[Sequence[str]]) -> int:
        """The sum of what commands answer, each a whole number."""
        return sum(map(int, self.replies(commands)))

    def cpu_seconds(self) -> float:
        """What the server has used of the processor so far."""
        (said,) = self.replies([("INFO", "cpu")])
        lines = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
        return float(lines["used_cpu_sys"]) + float(lines["used_cpu_user"])

    def close(self) -> None:
        """Let it go."""
        self._replies.close()
        self._socket.close()

    def _reply(self) -> Any:
        kind, rest = (line := self._replies.readline())[:1], line[1:-2]
        if kind == b"-" or not line:
            raise RuntimeError(f"Redis answers {line.decode(_TEXT)}")
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        if kind == b"$":
            return None if rest == b"-1" else self._replies.read(int(rest) + 2)[:-2].decode(_TEXT)
        return int(rest) if kind == b":" else rest.decode(_TEXT)


def encoded(words: Sequence[str]) -> bytes:
    """A command as it is sent."""
    return b"".join([b"*%d\r\n" % len(words), *(b"$%d\r\n%s\r\n" % (len(word), word.encode(_TEXT)) for word in words)])
