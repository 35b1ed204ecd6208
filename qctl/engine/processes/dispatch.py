"""The parent's end of the dispatch socket, and its account of every frame that it has sent.

Any free slot takes the next frame, so a long job never holds up the one behind it. The price is that the parent does
not know who has taken what until a slot says so; `suspect` and `recover` settle it when a slot dies with a frame in its
hand.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from qctl.engine.processes import frames, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.table import Table


class Begun(NamedTuple):
    """An attempt that a slot has started."""

    frame: Frame
    slot: int
    at: float


class Dispatch:
    """Frames on their way. Frames that came back are sent again before new ones."""

    def __init__(self, ours: socket.socket, theirs: socket.socket, table: Table) -> None:
        self._socket, self._theirs, self._table = ours, theirs, table
        self._serial = 0
        self._sent: dict[int, Frame] = {}  #: not begun, as far as is known
        self._returned: deque[Frame] = deque()
        self._recalled: list[Frame] = []  #: taken off the socket, to follow the frames that turn out to be lost
        self._suspects: set[int] = set()
        self._retirements = 0  #: requests to go that are to be sent
        self.begun: dict[int, Begun] = {}

    def send(self, frame: Frame) -> bool:
        """Offer a frame to the slots. False: the socket is full, and the frame is still the caller's."""
        return self.send_returned() and self._send(frame)

    def retire(self, slots: int) -> None:
        """Let so many slots go, whichever are free first: what runs is never touched."""
        self._retirements += slots
        self.send_returned()

    def send_returned(self) -> bool:
        """Send what came back from dead slots. False: some of it must wait."""
        while self._retirements and packets.send(self._socket, frames.RETIRE, packets.DONTWAIT):
            self._retirements -= 1
        while self._returned:
            if not self._send(self._returned[0]):
                return False
            self._returned.popleft()
        return True

    def _send(self, frame: Frame) -> bool:
        serial = self._serial + 1
        message = frames.encode(frame, serial, self._table.epoch)
        if not packets.send(self._socket, message, packets.DONTWAIT):
            return False
        self._serial = serial
        self._sent[serial] = frame
        return True

    def read_back(self) -> list[Frame]:
        """Take back what no slot has taken, in the order in which it was sent."""
        taken = [*self._recalled, *self._take_back(), *self._returned]
        self._recalled.clear()
        self._returned.clear()
        return taken

    def _take_back(self) -> list[Frame]:
        taken = []
        while (message := packets.receive(self._theirs, packets.DONTWAIT)) is not None:
            if message == frames.RETIRE:
                self._retirements += 1  # sent again with what is sent next
                continue
            serial = frames.decode(message).serial
            taken.append(self._sent.pop(serial))
        return taken

    def start(self, serial: int, slot: int, at: float) -> Frame | None:
        """A slot says that it begins a frame."""
        frame = self._sent.pop(serial, None)
        if frame is not None:
            self.begun[serial] = Begun(frame._replace(received=b"") if frame.received else frame, slot, at)
        return frame

    def finish(self, serial: int) -> Frame | None:
        """A slot says that an attempt is over."""
        begun = self.begun.pop(serial, None)
        return begun.frame if begun else None

    def decline(self, serial: int) -> None:
        """A slot has taken a frame of a past epoch and will not begin it."""
        frame = self._sent.pop(serial, None)
        if frame is not None:
            self._returned.append(frame)

    def running_in(self, slot: int) -> tuple[int, Begun] | None:
        """The attempt that a slot has started and not ended."""
        return next(((serial, begun) for serial, begun in self.begun.items() if begun.slot == slot), None)

    def serial_of(self, key: tuple[str, int]) -> int | None:
        """The serial under which an attempt runs, or under which it waits for a slot."""
        for serial, begun in self.begun.items():
            if begun.frame.key == key:
                return serial
        return next((serial for serial, frame in self._sent.items() if frame.key == key), None)

    def suspect(self, living: Iterable[int]) -> None:
        """A slot has died: mark the frames that it may have taken and not begun. `recover` must follow.

        What is neither on the socket nor begun is in somebody's hand: the dead slot's, or that of a living one. To tell
        these apart the epoch is raised, and then the rows of the living are read. A slot writes the serial to its row
        first and reads the epoch after that (`Acceptance.take`), with a barrier between on both sides; and it says that
        it has started a frame before it takes the next. So of a frame that a living slot has taken, either its row
        shows the serial, and the slot will start or decline it; or its row does not show it yet, and the slot will read
        the new epoch and decline it; or its row does not show it any more, and then the slot's word that it has started
        is on the report socket by now. Nothing here waits, and a stopped slot (SIGSTOP) changes nothing.
        """
        if not self._sent:
            return
        self._recalled += self._take_back()
        self._table.epoch += 1
        held = {self._table.row(slot).current for slot in living}
        self._suspects.update(serial for serial in self._sent if serial not in held)

    def recover(self) -> None:
        """Send again what was lost, under new serials: the suspects of which nobody has said that it has started them.

        To be called when all has been read that stood on the report socket at the last `suspect`.
        """
        if not self._suspects and not self._recalled:
            return
        lost = [self._sent.pop(serial) for serial in sorted(self._suspects) if serial in self._sent]
        self._returned.extendleft(reversed(lost + self._recalled))
        self._suspects.clear()
        self._recalled.clear()
        self.send_returned()

    def abandon(self) -> list[Frame]:
        """Every frame that was not begun, when no slot is left alive to begin one."""
        waiting = [*self._recalled, *self._take_back()]
        frames_left = [*self._sent.values(), *waiting, *self._returned]
        self._sent.clear()
        self._recalled.clear()
        self._returned.clear()
        self._suspects.clear()
        return frames_left
