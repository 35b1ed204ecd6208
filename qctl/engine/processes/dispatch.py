"""The parent's end of the dispatch socket, and its account of every frame that it has sent.

Any free slot takes the next hand, so a long job never holds up the one behind it. The price is that the parent does
not know who has taken what until a slot says so; `withdraw` and `recover` settle it when a slot dies with frames in its
hand, when one job of a hand holds up the others, and when frames are wanted back.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import NamedTuple

from qctl.engine.processes import frames, packets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Sequence

    from qctl.engine.processes.frames import Frame
    from qctl.engine.processes.table import Table


class Begun(NamedTuple):
    """An attempt that a slot has started."""

    frame: Frame
    slot: int
    at: float


class Dispatch:
    """Frames on their way. Frames that came back are sent again before new ones, each in a hand of its own."""

    def __init__(self, ours: socket.socket, theirs: socket.socket, table: Table) -> None:
        self._socket, self._theirs, self._table = ours, theirs, table
        self._serial = 0
        self.sent: dict[int, Frame] = {}  #: not begun, as far as is known
        self._returned: deque[Frame] = deque()
        self._recalled: list[Frame] = []  #: taken off the socket, to follow the frames that turn out to be lost
        self._suspects: set[int] = set()
        self._retirements = 0  #: requests to go that are to be sent
        self.begun: dict[int, Begun] = {}

    def send(self, frames: Sequence[Frame], together: int = 1) -> int:
        """Offer frames to the slots, so many in one hand. Answers how many were taken; the rest is the caller's."""
        if not self.send_returned():
            return 0
        sent = 0
        while sent < len(frames) and (took := self._send(frames[sent : sent + together])):
            sent += took
        return sent

    def retire(self, slots: int) -> None:
        """Let so many slots go, whichever are free first: what runs is never touched."""
        self._retirements += slots
        self.send_returned()

    def send_returned(self) -> bool:
        """Send what came back from slots. False: some of it must wait."""
        while self._retirements and packets.send(self._socket, frames.RETIRE, packets.DONTWAIT):
            self._retirements -= 1
        while self._returned:
            if not self._send([self._returned[0]]):
                return False
            self._returned.popleft()
        return True

    def _send(self, hand: Sequence[Frame]) -> int:
        """Send a hand, or as much of it as may go in one message. Answers how many frames that is."""
        serial = self._serial + 1
        message = frames.encode(hand, serial, self._table.epoch)
        if len(message) > packets.INLINE and len(hand) > 1:
            return self._send(hand[: len(hand) // 2])
        if not packets.send(self._socket, message, packets.DONTWAIT):
            return 0
        self._serial += len(hand)
        self.sent.update(enumerate(hand, serial))
        return len(hand)

    def take_back(self) -> list[Frame]:
        """Take back what was recovered after `withdraw`, in the order in which it was sent."""
        taken = list(self._returned)
        self._returned.clear()
        return taken

    def _recall(self) -> list[Frame]:
        """Take off the socket what no slot has taken. What is lost on that way stays in `sent`, and nobody has it."""
        taken = []
        while (message := self._received()) is not None:
            if message == frames.RETIRE:
                self._retirements += 1  # sent again with what is sent next
                continue
            taken += [self.sent.pop(serial) for serial in frames.serials(message) if serial in self.sent]
        return taken

    def _received(self) -> bytes | None:
        while True:
            with suppress(packets.CutOff):
                return packets.receive(self._theirs, packets.DONTWAIT)

    def start(self, serial: int, slot: int, at: float) -> Frame | None:
        """A slot has begun a frame."""
        frame = self.sent.pop(serial, None)
        if frame is not None:
            self.begun[serial] = Begun(frame._replace(received=b"") if frame.received else frame, slot, at)
        return frame

    def finish(self, serial: int) -> Frame | None:
        """An attempt of which `start` was told is over."""
        begun = self.begun.pop(serial, None)
        return begun.frame if begun else None

    def decline(self, serials: Iterable[int]) -> None:
        """A slot has taken frames and will not begin them."""
        self._returned.extend(self.sent.pop(serial) for serial in serials if serial in self.sent)

    def running_in(self, slot: int) -> tuple[int, Begun] | None:
        """The attempt that a slot has started and not ended."""
        return next(((serial, begun) for serial, begun in self.begun.items() if begun.slot == slot), None)

    def serial_of(self, key: tuple[str, int]) -> int | None:
        """The serial under which an attempt runs, or under which it waits for a slot."""
        for serial, begun in self.begun.items():
            if begun.frame.key == key:
                return serial
        return next((serial for serial, frame in self.sent.items() if frame.key == key), None)

    @property
    def under_way(self) -> bool:
        """Whether anything is to be begun yet."""
        return bool(self.sent or self._returned)

    @property
    def kept(self) -> list[Frame]:
        """Those that are on their way to no slot, and are to be sent again."""
        return [*self._recalled, *self._returned]

    def withdraw(self) -> None:
        """Take every frame back that no slot has begun. `recover` must follow.

        What is neither on the socket nor begun is in some slot's hand, that of a dead one or of a living one. No slot
        may begin it any more but for what its row shows: for that the epoch is raised, and then the rows are read. A
        slot writes the serial of each frame to its row first and reads the epoch after that (`Acceptance.may_begin`),
        with a barrier between on both sides; and the end of each frame stands in its ring, or on the report socket,
        before its row shows the next one. So of a frame in a hand, either a row shows its serial, and that slot will
        begin or decline it; or no row shows it yet, and whoever has it will read the new epoch and decline it; or no
        row shows it any more, and then the word that it has ended can be read by now. A large frame that was lost
        because this process has no descriptor left for it is like one in a dead hand. Nothing here waits, and a stopped
        slot (SIGSTOP) changes nothing. The row of a dead slot must be cleared by now.
        """
        self._recalled += self._recall()
        if not self.sent:
            return
        self._table.epoch += 1
        shown = {row.current for row in self._table.rows()}
        self._suspects.update(serial for serial in self.sent if serial not in shown)

    def recover(self) -> None:
        """Keep what was withdrawn to be sent again, under new serials: the suspects of which nobody has told more.

        To be called when all has been read that stood in rings and on the report socket at the last `withdraw`.
        """
        if not self._suspects and not self._recalled:
            return
        lost = [self.sent.pop(serial) for serial in sorted(self._suspects) if serial in self.sent]
        self._returned.extendleft(reversed(lost + self._recalled))
        self._suspects.clear()
        self._recalled.clear()

    def abandon(self) -> list[Frame]:
        """Every frame that was not begun, when no slot is left alive to begin one."""
        waiting = [*self._recalled, *self._recall()]
        frames_left = [*self.sent.values(), *waiting, *self._returned]
        self.sent.clear()
        self._recalled.clear()
        self._returned.clear()
        self._suspects.clear()
        return frames_left
