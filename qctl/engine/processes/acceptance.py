"""How a slot takes a frame: it shows what it has taken before it asks whether it may still begin it."""

from __future__ import annotations

from qctl.engine.processes import frames, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from qctl.engine.processes.frames import Delivery
    from qctl.engine.processes.table import Row, Table


class Acceptance:
    """The slot's end of the dispatch socket."""

    def __init__(self, source: socket.socket, table: Table, row: Row, decline: Callable[[int], None]) -> None:
        self._source, self._table, self._row, self._decline = source, table, row, decline
        self.retired = False  #: this slot is not needed any more

    def take(self, flags: int = 0) -> Delivery | None:
        """Take the next frame. None: there is none, or it is not to be begun any more. Raises packets.Closed.

        The order of the steps is what `Dispatch.suspect` rests on: the row shows the serial, and after that the epoch
        is read.
        """
        message = packets.receive(self._source, flags)
        if message is None:
            return None
        if message == frames.RETIRE:
            self.retired = True
            return None
        delivery = frames.decode(message)
        self._row.current = delivery.serial
        self._table.fence()
        if delivery.epoch < self._table.epoch:
            self._decline(delivery.serial)
            self._row.current = 0
            return None
        return delivery
