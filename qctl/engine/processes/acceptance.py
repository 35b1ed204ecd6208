"""How a slot takes a hand, and each frame of it: it shows what it has before it asks whether it may still begin it."""

from __future__ import annotations

from qctl.engine.processes import frames, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from qctl.engine.processes.frames import Hand
    from qctl.engine.processes.table import Row, Table


class Acceptance:
    """The slot's end of the dispatch socket."""

    def __init__(self, source: socket.socket, table: Table, row: Row) -> None:
        self._source, self._table, self._row = source, table, row
        self.retired = False  #: this slot is not needed any more

    def take(self, flags: int = 0) -> Hand | None:
        """Take the next hand. None: there is none. Raises packets.Closed."""
        message = packets.receive(self._source, flags)
        if message is None:
            return None
        if message == frames.RETIRE:
            self.retired = True
            return None
        hand = frames.decode(message)
        self._row.last = hand.serial + len(hand.frames) - 1
        return hand

    def may_begin(self, serial: int, epoch: int) -> bool:
        """Show a frame as the one that is to run, and ask whether its epoch lasts.

        The order of the steps is what `Dispatch.withdraw` rests on: the row shows the serial, and after that the epoch
        is read.
        """
        self._row.current = serial
        self._table.fence()
        return epoch >= self._table.epoch
