"""The template's side of all run directories: who has called, and whose question the worker has not answered yet."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from contextlib import suppress
from itertools import count
from typing import Protocol

from qctl.engine.processes import reports
from qctl.engine.processes.reports import Kind
from qctl.engine.processes.requests import Caller, said_in, understand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final

    from qctl.engine.processes.nest import Nest

_MOST: Final = 64  #: connections of one slot at a time


_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid: unix(7)


def _uid_of(connection: socket.socket) -> int:
    """Who is at the other end."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(credentials)[1])


class Report(Protocol):
    """Tells the parent something."""

    def __call__(self, kind: Kind, slot: int, serial: int, content: bytes = b"") -> None: ...


class Loop(Protocol):
    """The template's loop."""

    def watch(self, fd: int, action: Callable[[], None]) -> None:
        """Do something whenever a descriptor is readable."""

    def await_room(self, fd: int, awaited: bool) -> None:
        """Do it also whenever it takes more to send, or no longer so."""

    def forget(self, fd: int) -> None:
        """Do it no longer; nothing happens if it was not watched."""


class Callers:
    """All open connections."""

    def __init__(self, report: Report, loop: Loop) -> None:
        self._report, self._loop = report, loop
        self._open: dict[int, Caller] = {}
        self._spare = os.dup(2)  #: a descriptor that is kept for the moment in which there is no other
        self._waiting: dict[int, Caller] = {}  #: token -> who waits for its answer
        # A template that died has left questions: the answers to those must not find callers of this one.
        self._tokens = count(time.monotonic_ns())

    def accept(self, nest: Nest, owner: int) -> None:
        """Take a call in a slot's run directory, from the user as whom its job runs, the worker's own, or root.

        The directory lets nobody else in; but a process of an earlier job may have kept hold of the socket.
        """
        try:
            connection, _ = nest.listener.accept()
        except OSError as error:
            if error.errno == errno.EMFILE:
                self._turn_away(nest.listener)
            return
        with suppress(OSError):
            connection.setblocking(False)
            if _uid_of(connection) not in (0, os.geteuid(), owner):
                connection.close()
                return
            caller = Caller(connection, nest.number)
            caller.serial = nest.row.current
            if not caller.serial or sum(other.slot == nest.number for other in self._open.values()) >= _MOST:
                connection.close()
                return
            self._open[caller.fileno()] = caller
            self._loop.watch(caller.fileno(), lambda: self._listen(caller, nest))

    def _turn_away(self, listener: socket.socket) -> None:
        """Hang up on a caller for whom there is no descriptor: as long as one waits, the loop would find no rest."""
        os.close(self._spare)
        with suppress(OSError):
            listener.accept()[0].close()
        self._spare = os.dup(2)

    def _listen(self, caller: Caller, nest: Nest) -> None:
        caller.flush()
        lines = caller.lines()
        if lines is None or nest.row.current != caller.serial:
            self._hang_up(caller)
            return
        for line in lines:
            try:
                self._hear(caller, understand(line), nest.hide)
            except ValueError as error:
                caller.reply({"error": str(error)})
        self._await_room(caller)

    def _await_room(self, caller: Caller) -> None:
        """Have the rest of an answer sent when the socket takes it: a caller who waits for it says nothing more."""
        if caller.unsent is not caller.awaited:
            caller.awaited = caller.unsent
            self._loop.await_room(caller.fileno(), caller.awaited)

    def _hear(self, caller: Caller, said: Mapping[str, Any], hide: Callable[[str], str]) -> None:
        if "progress" in said:
            self._report(Kind.PROGRESS, caller.slot, caller.serial, reports.pack_json(said_in(said, hide)))
            caller.reply({"ok": True})
            return
        token = next(self._tokens)
        self._waiting[token] = caller
        content = reports.pack_json({"token": token, "request": said})
        self._report(Kind.ASKED, caller.slot, caller.serial, content)

    def answer(self, token: int, reply: Mapping[str, Any]) -> None:
        """Pass on what the worker has answered; nobody may be waiting for it any more."""
        caller = self._waiting.pop(token, None)
        if caller is not None and caller.fileno() >= 0:
            caller.reply(reply)
            self._await_room(caller)

    def leave(self, slot: int) -> None:
        """A slot is gone, and with it all that called from it."""
        for caller in [caller for caller in self._open.values() if caller.slot == slot]:
            self._hang_up(caller)

    def _hang_up(self, caller: Caller) -> None:
        self._loop.forget(caller.fileno())
        self._open.pop(caller.fileno(), None)
        self._waiting = {token: other for token, other in self._waiting.items() if other is not caller}
        caller.socket.close()
