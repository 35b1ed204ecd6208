"""A proxy before a Redis at a unix socket: it cuts replies after the server has done the work, or swallows them.

What a cut looks like from outside: the command was sent, the connection broke, nobody knows whether it was applied.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import tempfile
import threading
from pathlib import Path


class Proxy:
    """Passes bytes on, and does what `cut`, `silence`, `refuse` and `refuse_after` say.

    Runs in one thread of the test's process.
    """

    def __init__(self, target: str | Path) -> None:
        self._target = os.fspath(target)
        self._folder = Path(tempfile.mkdtemp(prefix="qctl-proxy-"))
        self.socket = self._folder / "proxy.sock"
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(self.socket))
        self._listener.listen(64)
        self._peers: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._marked: set[socket.socket] = set()  #: clients whose next reply is cut
        self._parting: set[socket.socket] = set()  #: clients whose next reply is the last that is passed on
        self._lock = threading.Lock()
        self._cuts: list[bytes] = []
        self.cuts_made = 0
        self._last_words: bytes | None = None
        self._silent = False
        self._refusing = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens, as qctl takes it."""
        return f"unix://{self.socket}"

    def cut(self, word: bytes, times: int = 1) -> None:
        """Of the next requests that contain `word`, let the server act and cut the reply."""
        with self._lock:
            self._cuts += [word] * times

    def silence(self, silent: bool) -> None:
        """Swallow every reply, as a half-open connection does; connecting still works."""
        self._silent = silent

    def refuse(self, refusing: bool) -> None:
        """Break all connections, and break new ones at once."""
        self._refusing = refusing
        while refusing and self._clients:
            self._thread.join(0.005)

    def refuse_after(self, word: bytes) -> None:
        """Let the next request that contains `word` be answered, and refuse all that comes after it."""
        self._last_words = word

    def close(self) -> None:
        """End it."""
        self._closing = True
        self._thread.join(5)
        for one in (*self._peers, self._listener):
            one.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> None:
        while not self._closing:
            if self._refusing:
                for one in list(self._clients):
                    self._drop(one)
            ready, _, _ = select.select([self._listener, *self._peers], [], [], 0.02)
            for one in ready:
                if one is self._listener:
                    self._accept()
                elif one in self._peers:
                    self._pass_on(one)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            if self._refusing:
                raise ConnectionRefusedError
            server.connect(self._target)
        except OSError:
            client.close()
            server.close()
            return
        self._peers[client], self._peers[server] = server, client
        self._clients.add(client)

    def _pass_on(self, one: socket.socket) -> None:
        other = self._peers[one]
        try:
            data = one.recv(1 << 20)
        except OSError:
            data = b""
        if not data:
            self._drop(one)
            return
        if one in self._clients:
            self._note(one, data)
        elif self._silent:
            return
        elif other in self._marked:
            self._drop(other)
            return
        with contextlib.suppress(OSError):
            other.sendall(data)
        if other in self._parting:
            self._refusing = True

    def _note(self, client: socket.socket, data: bytes) -> None:
        with self._lock:
            if self._last_words is not None and self._last_words in data:
                self._parting.add(client)
            for at, word in enumerate(self._cuts):
                if word in data:
                    del self._cuts[at]
                    self.cuts_made += 1
                    self._marked.add(client)
                    return

    def _drop(self, one: socket.socket) -> None:
        other = self._peers.pop(one)
        self._peers.pop(other, None)
        for end in (one, other):
            self._clients.discard(end)
            self._marked.discard(end)
            self._parting.discard(end)
            end.close()
