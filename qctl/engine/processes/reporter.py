"""How the template speaks to the parent without ever waiting for it."""

from __future__ import annotations

import time

from qctl.engine.processes import packets, reports

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from qctl.engine.processes.reports import Kind


class Reporter:
    """Records on their way to the parent, kept until its socket takes them."""

    def __init__(self, to: socket.socket) -> None:
        self._to = to
        self._unsent: list[bytes] = []
        self.parent_is_gone = False

    def report(self, kind: Kind, slot: int, serial: int, content: bytes = b"") -> None:
        """Tell the parent."""
        now = time.monotonic()
        self._unsent += reports.messages(reports.record(kind, slot, serial, now, content), reports.TEMPLATE, now)
        self.flush()

    def offer(self, kind: Kind, slot: int, serial: int, content: bytes) -> None:
        """Tell the parent if it listens just now: live output is a view, the log is whole."""
        if not self._unsent:
            self._send(reports.record(kind, slot, serial, time.monotonic(), content))

    def flush(self) -> None:
        """Send what waits."""
        while self._unsent and self._send(self._unsent[0]):
            del self._unsent[0]

    @property
    def behind(self) -> bool:
        """Whether something waits."""
        return bool(self._unsent)

    def _send(self, message: bytes) -> bool:
        try:
            return packets.send(self._to, message, packets.DONTWAIT)
        except packets.Closed:
            self.parent_is_gone = True
            return False
