"""A stand-in for systemd: the socket that a service of `Type=notify` speaks to."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.support.waiting import eventually


class NotifySocket:
    """Binds an address, a path or one that begins with `@`, and keeps what is said there, line by line."""

    def __init__(self, address: str | Path) -> None:
        self.address = os.fspath(address)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.address[1:] if self.address.startswith("@") else self.address)
        self._socket.setblocking(False)
        self.lines: list[str] = []

    def read(self) -> list[str]:
        """All that has been said so far."""
        try:
            while True:
                self.lines += self._socket.recv(4096).decode().split("\n")
        except BlockingIOError:
            return self.lines

    def wait_for(self, line: str, times: int = 1, within: float = 60.0) -> None:
        """Wait until a line was said so often."""
        eventually(lambda: self.read().count(line) >= times or self._complain(line), within)

    def is_silent_for(self, seconds: float) -> bool:
        """Whether nothing at all is said from now on."""
        self.read()
        self._socket.settimeout(seconds)
        try:
            self.lines += self._socket.recv(4096).decode().split("\n")
        except TimeoutError:
            return True
        finally:
            self._socket.setblocking(False)
        return False

    def close(self) -> None:
        self._socket.close()

    def _complain(self, line: str) -> bool:
        raise AssertionError(f"no {line!r} in {self.lines}")
