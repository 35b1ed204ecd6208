"""A proxy before a Redis, over a unix socket or TCP: it does to connections what bad networks and deaths do to them.

What a cut looks like from outside: the command was sent, the connection broke, nobody knows whether it was applied.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import socket
import threading
import time
from pathlib import Path
from random import Random
from typing import Final

from tests.support.proxy_orders import Connection, End, Orders
from tests.support.scratch import scratch_folder

Target = str | Path | tuple[str, int]  #: a unix socket, or host and port

_PIECE: Final = 1 << 20
_LOOK_EVERY: Final = 0.02  #: seconds until an order of the test's thread is seen


class _Relay:
    """Passes bytes on, as its orders let it; in a thread of its own."""

    def __init__(self, target: str | tuple[str, int], path: Path, seed: int, orders: Orders) -> None:
        self._target, self._path, self._orders = target, path, orders
        self._listener = self._listen()
        self._ends: dict[socket.socket, tuple[End, Connection]] = {}
        self.connections: list[Connection] = []
        self.cuts_made = self.accepted = 0
        self._closing = False
        self._dice = Random(seed)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens, on TCP."""
        port: int = self._listener.getsockname()[1]
        return port

    def pause(self) -> None:
        """Give the thread a moment to obey."""
        self._thread.join(0.005)

    def close(self) -> None:
        """End it."""
        self._closing = True
        self._thread.join(5)
        for connection in list(self.connections):
            self._drop(connection)
        self._listener.close()

    def _listen(self) -> socket.socket:
        if isinstance(self._target, tuple):
            return socket.create_server(("127.0.0.1", 0), backlog=64)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.fspath(self._path))
        listener.listen(64)
        return listener

    def _run(self) -> None:
        while not self._closing:
            self._obey()
            heard = [self._listener, *(() if self._orders.swallowing else self._ends)]
            ready, _, _ = select.select(heard, [], [], self._patience())
            for one in ready:
                if one is self._listener:
                    self._accept()
                elif one in self._ends:
                    self._take(*self._ends[one])
            if not self._orders.swallowing:
                for connection in list(self.connections):
                    self._deliver(connection)

    def _obey(self) -> None:
        if self._orders.refusing:
            for connection in list(self.connections):
                self._drop(connection)
        if self._orders.half_closes:
            for connection in self.connections:
                connection.deaf = True
                connection.client.queue.clear()
                with contextlib.suppress(OSError):
                    connection.client.socket.shutdown(socket.SHUT_WR)
            self._orders.half_closes = 0

    def _patience(self) -> float:
        """How long nothing is due."""
        if self._orders.swallowing:
            return _LOOK_EVERY
        ends = [end for connection in self.connections for end in (connection.client, connection.server)]
        due = [end.queue[0][0] for end in ends if end.queue] + [end.closing_at for end in ends if end.closing_at]
        return max(0.0, min([_LOOK_EVERY, *(at - time.monotonic() for at in due)]))

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self.accepted += 1
        server = socket.socket(socket.AF_INET if isinstance(self._target, tuple) else socket.AF_UNIX)
        try:
            if self._orders.hears_no_more():
                raise ConnectionRefusedError
            server.connect(self._target)
        except OSError:
            client.close()
            server.close()
            return
        connection = Connection(End(client), End(server))
        self._ends[client], self._ends[server] = (connection.client, connection), (connection.server, connection)
        self.connections.append(connection)

    def _take(self, end: End, connection: Connection) -> None:
        """Read what one end says."""
        try:
            data = end.socket.recv(_PIECE)
        except OSError:
            data = b""
        is_request, to = end is connection.client, connection.other(end)
        at = time.monotonic() + self._orders.delays[0 if is_request else 1]
        if not data:
            self._ends.pop(end.socket, None)
            to.closing_at = at
            return
        if is_request:
            if self._orders.hears_no_more():
                return
            self._note(connection, data)
        elif self._orders.silent or connection.deaf:
            return
        if self._orders.loss and self._dice.random() < self._orders.loss:
            at += self._orders.again
        to.queue.append((max(at, to.queue[-1][0] if to.queue else at), data))

    def _deliver(self, connection: Connection) -> None:
        """Send what is due, to either end."""
        now = time.monotonic()
        for end in (connection.server, connection.client):
            while end.queue and end.queue[0][0] <= now:
                if end is connection.client and connection.cut_after is not None:
                    return self._cut(connection, end.queue[0][1])
                with contextlib.suppress(OSError):
                    end.socket.sendall(end.queue.popleft()[1])
                self._orders.has_spoken |= end is connection.client and connection.parting
            if end.closing_at is not None and end.closing_at <= now and not end.queue:
                return self._drop(connection)
        return None

    def _cut(self, connection: Connection, reply: bytes) -> None:
        """Pass on what is left to be passed on, then break."""
        assert connection.cut_after is not None
        with contextlib.suppress(OSError):
            connection.client.socket.sendall(reply[: connection.cut_after])
        connection.cut_after -= len(reply)
        if connection.cut_after <= 0:
            self._drop(connection)
        else:
            connection.client.queue.popleft()

    def _note(self, connection: Connection, data: bytes) -> None:
        connection.parting |= self._orders.last_words is not None and self._orders.last_words in data
        after = self._orders.cut_of(data)
        if after is not None:
            self.cuts_made += 1
            connection.cut_after = after

    def _drop(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for end in (connection.client, connection.server):
            self._ends.pop(end.socket, None)
            end.socket.close()


class Proxy:
    """Passes bytes on, and does what its orders say; each order holds for all connections, also of the future.

    Runs in one thread of the test's process. `loss` is drawn from `seed`.
    """

    def __init__(self, target: Target, seed: int = 0) -> None:
        self._folder = scratch_folder("qctl-proxy-")
        self.socket = self._folder / "proxy.sock"
        self._target = target if isinstance(target, tuple) else os.fspath(target)
        self._orders = Orders()
        self._relay = _Relay(self._target, self.socket, seed, self._orders)

    @property
    def url(self) -> str:
        """Where it listens, as qctl takes it."""
        return f"redis://127.0.0.1:{self._relay.port}" if isinstance(self._target, tuple) else f"unix://{self.socket}"

    @property
    def cuts_made(self) -> int:
        """How many requests have met an order to cut their reply."""
        return self._relay.cuts_made

    @property
    def accepted(self) -> int:
        """Connections so far."""
        return self._relay.accepted

    def cut(self, word: bytes, times: int = 1, after: int = 0) -> None:
        """Of the next requests that contain `word`, let the server act and cut the reply after so many bytes of it."""
        with self._orders.lock:
            self._orders.cuts += [(word, after)] * times

    def silence(self, silent: bool) -> None:
        """Swallow every reply, as a half-open connection does; connecting still works."""
        self._orders.silent = silent

    def blackhole(self, swallowing: bool) -> None:
        """Accept, and pass nothing on in either direction. What was sent meanwhile arrives when this ends."""
        self._orders.swallowing = swallowing

    def delay(self, request: float = 0.0, reply: float = 0.0, loss: float = 0.0, again: float = 0.0) -> None:
        """Pass each piece on after so many seconds.

        A part of all pieces, `loss`, is lost on its way and sent anew: it comes `again` seconds later still, and with
        it all that is behind it, as TCP does it.
        """
        self._orders.delays, self._orders.loss, self._orders.again = (request, reply), loss, again

    def refuse(self, refusing: bool) -> None:
        """Break all connections, and break new ones at once."""
        self._orders.refusing = refusing
        while refusing and self._relay.connections:
            self._relay.pause()

    def refuse_after(self, word: bytes) -> None:
        """Let the next request that contains `word` be answered, however many pieces that takes, and refuse what is
        asked after it: that breaks all connections.
        """
        self._orders.last_words = word

    def half_close(self) -> None:
        """Tell the clients of today's connections that no reply comes any more; what they send is still passed on."""
        self._orders.half_closes += 1
        while self._orders.half_closes:
            self._relay.pause()

    def close(self) -> None:
        """End it."""
        self._relay.close()
        shutil.rmtree(self._folder, ignore_errors=True)
