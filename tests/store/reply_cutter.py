"""A relay in front of Redis that loses answers: what a broken connection does to whoever waits for one."""

from __future__ import annotations

import os
import select
import socket
import threading
from pathlib import Path
from types import TracebackType


class ReplyCutter:
    """Passes requests on to a unix socket, and of the next answers as many as it is told to lose.

    A lost answer has been given: Redis has carried out the request. The caller sees the connection break.
    """

    def __init__(self, target: str, folder: Path) -> None:
        self.path = folder / "relay.sock"
        self.lost = 0
        self._target = target
        self._to_lose = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(self.path))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def lose(self, answers: int = 1) -> None:
        """Lose the next answers, and the connections that wait for them."""
        self._to_lose = answers

    def __enter__(self) -> ReplyCutter:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller, socket.socket(socket.AF_UNIX) as server:
                server.connect(self._target)
                self._relay(caller, server)

    def _relay(self, caller: socket.socket, server: socket.socket) -> None:
        """Whatever comes from either side, in pieces of any size; callers wait for each answer."""
        while True:
            ready, _, _ = select.select((caller, server), (), (), 5)
            try:
                if server in ready and self._to_lose:
                    self._to_lose -= 1
                    self.lost += 1
                    return
                for here, there in ((caller, server), (server, caller)):
                    if here in ready:
                        piece = here.recv(1 << 20)
                        if not piece:
                            return
                        there.sendall(piece)
            except OSError:
                return
            if not ready:
                return
