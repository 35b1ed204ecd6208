"""What a proxy keeps of connections, and what it is to do to them."""

from __future__ import annotations

import socket
import threading
from collections import deque
from dataclasses import dataclass, field


@dataclass(eq=False)
class End:
    """One end of a connection: what it is sent, each piece not before its time."""

    socket: socket.socket
    queue: deque[tuple[float, bytes]] = field(default_factory=deque)
    closing_at: float | None = None  #: the other side has said that nothing more comes


@dataclass(eq=False)
class Connection:
    """A client and its server."""

    client: End
    server: End
    cut_after: int | None = None  #: how many more bytes of reply are passed on before it breaks
    parting: bool = False  #: it was asked what is the last thing that is answered
    deaf: bool = False  #: the client has been told that nothing more comes

    def other(self, end: End) -> End:
        return self.server if end is self.client else self.client


@dataclass(eq=False)
class Orders:
    """What is to be done to connections; the test's thread writes it, and the relay's reads it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    cuts: list[tuple[bytes, int]] = field(default_factory=list)
    last_words: bytes | None = None
    has_spoken: bool = False  #: the answer to those has begun; it may come in pieces, and ends where more is asked
    silent: bool = False
    refusing: bool = False
    swallowing: bool = False
    half_closes: int = 0
    delays: tuple[float, float] = (0.0, 0.0)  #: seconds, of requests and of replies
    loss: float = 0.0
    again: float = 0.0  #: seconds

    def hears_no_more(self) -> bool:
        """Whether what is asked now is refused."""
        self.refusing |= self.has_spoken
        return self.refusing

    def cut_of(self, request: bytes) -> int | None:
        """After how many bytes the reply to a request is cut, if it is. The order is carried out by that."""
        with self.lock:
            for at, (word, after) in enumerate(self.cuts):
                if word in request:
                    del self.cuts[at]
                    return after
        return None
