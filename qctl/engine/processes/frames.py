"""A frame: one attempt to run, as it travels from the parent to whichever slot is free."""

from __future__ import annotations

import struct
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

#: mark, epoch, serial, fence, attempt, length of the id, of the queue, of the body, of the secrets
_HEAD: Final = struct.Struct("<BIQQIBBII")
_MARK: Final = ord("F")
RETIRE: Final = b"R"  #: in place of a frame: whichever slot takes it goes, and nobody follows it


class Frame(NamedTuple):
    """One attempt."""

    id: str
    fence: int
    attempt: int  #: its number, from 1
    body: bytes  #: `Call.encode()`
    queue: str
    secrets: bytes = b""  #: `model.secrets.encode`
    received: bytes = b""  #: of a workflow's step: `model.workflow.inputs.encode`; empty: it receives nothing

    @property
    def key(self) -> tuple[str, int]:
        """What names this attempt everywhere."""
        return self.id, self.fence


class Delivery(NamedTuple):
    """A frame as a slot takes it from the socket."""

    serial: int  #: of the dispatch, new each time a frame is sent
    epoch: int  #: what the table must not have passed for the frame to be begun
    frame: Frame


def encode(frame: Frame, serial: int, epoch: int) -> bytes:
    """Write a frame as one message."""
    name, queue = frame.id.encode(), frame.queue.encode()
    lengths = len(name), len(queue), len(frame.body), len(frame.secrets)
    head = _HEAD.pack(_MARK, epoch, serial, frame.fence, frame.attempt, *lengths)
    return b"".join((head, name, queue, frame.body, frame.secrets, frame.received))


def decode(message: bytes) -> Delivery:
    """Read a message."""
    _, epoch, serial, fence, attempt, name, queue, body, secrets = _HEAD.unpack_from(message)
    start = _HEAD.size
    middle, end = start + name, start + name + queue
    id_, queue_ = message[start:middle].decode(), message[middle:end].decode()
    apart = end + body
    received = message[apart + secrets :]
    frame = Frame(id_, fence, attempt, message[end:apart], queue_, message[apart : apart + secrets], received)
    return Delivery(serial, epoch, frame)
