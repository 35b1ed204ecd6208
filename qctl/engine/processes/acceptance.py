"""How a slot takes a hand, and each frame of it: it shows what it has before it asks whether it may still begin it."""

from __future__ import annotations

import os
import time

from qctl.engine.processes import frames, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Final

    from qctl.engine.processes.frames import Hand
    from qctl.engine.processes.table import Row, Table


_AWAKE: Final = 0.0005  #: seconds that a slot which was roused looks for its hand before it sleeps again


class Acceptance:
    """The slot's end of the dispatch socket."""

    def __init__(self, source: socket.socket, table: Table, row: Row) -> None:
        self._source, self._table, self._row = source, table, row
        self.retired = False  #: this slot is not needed any more

    def take(self, flags: int = 0) -> Hand | None:
        """Take the next hand. None: there is none. Raises packets.Closed."""
        message = packets.receive(self._source, flags)
        if message == frames.ROUSE:
            message = self._awake()
        if message is None:
            return None
        if message == frames.RETIRE:
            self.retired = True
            return None
        hand = frames.decode(message)
        self._row.last = hand.serial + len(hand.frames) - 1
        return hand

    def _awake(self) -> bytes | None:
        """What comes while this slot does not sleep: to be woken takes longer than the parent needs to send it."""
        until = time.monotonic() + _AWAKE
        while (message := packets.receive(self._source, packets.DONTWAIT)) in (None, frames.ROUSE):
            if time.monotonic() > until:
                return None
            os.sched_yield()  # where there is one processor, the parent needs it
        return message

    def may_begin(self, serial: int, epoch: int) -> bool:
        """Show a frame as the one that is to run, and ask whether its epoch lasts.

        The order of the steps is what `Dispatch.withdraw` rests on: the row shows the serial, and after that the epoch
        is read.
        """
        self._row.current = serial
        self._table.fence()
        return epoch >= self._table.epoch
