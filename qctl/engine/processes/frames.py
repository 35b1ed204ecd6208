"""A frame: one attempt to run. Frames travel in hands: several of them in one message, to whichever slot is free.

A hand is written by columns, and a column in which all are alike as one value: many jobs differ in their ids alone. A
frame alone is written as it is: each step less is one less that a process which slept has to fetch.
"""

from __future__ import annotations

import struct
from itertools import accumulate, pairwise
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

_HEAD: Final = struct.Struct("<BQQI")  # mark, epoch, serial of the first, how many
_MARK: Final = ord("F")
_LONE: Final = struct.Struct("<QI5I")  # fence, attempt, length of each text
_COLUMN: Final = struct.Struct("<?I")  # whether all are alike, length of the column
_TEXTS: Final = 5  #: columns: id, body, queue, secrets, received
RETIRE: Final = b"R"  #: in place of a hand: whichever slot takes it goes, and nobody follows it


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


class Hand(NamedTuple):
    """Frames as a slot takes them from the socket."""

    serial: int  #: of the first; the others follow. New each time a frame is sent
    epoch: int  #: what the table must not have passed for a frame to be begun
    frames: Sequence[Frame]


def encode(frames: Sequence[Frame], serial: int, epoch: int) -> bytes:
    """Write frames as one message."""
    if len(frames) == 1:
        ((id_, fence, attempt, body, queue, secret, input_),) = frames
        name, line = id_.encode(), queue.encode()
        lengths = len(name), len(body), len(line), len(secret), len(input_)
        head = _HEAD.pack(_MARK, epoch, serial, 1) + _LONE.pack(fence, attempt, *lengths)
        return b"".join((head, name, body, line, secret, input_))
    ids, fences, attempts, bodies, queues, secrets, received = zip(*frames, strict=True)
    count = len(ids)
    return b"".join(
        (
            _HEAD.pack(_MARK, epoch, serial, count),
            struct.pack(f"<{count}Q{count}I", *fences, *attempts),
            _column([id_.encode() for id_ in ids]),
            _column(bodies),
            _column([queues[0].encode()] * count if queues.count(queues[0]) == count else [q.encode() for q in queues]),
            _column(secrets),
            _column(received),
        )
    )


def decode(message: bytes) -> Hand:
    """Read a message. Raises ValueError, struct.error or LookupError for none."""
    _, epoch, serial, count = _HEAD.unpack_from(message)
    if count == 1:
        return Hand(serial, epoch, [_read_lone(message)])
    numbers = struct.Struct(f"<{count}Q{count}I")
    integers = numbers.unpack_from(message, _HEAD.size)
    at = _HEAD.size + numbers.size
    columns: list[Sequence[bytes]] = []
    for _ in range(_TEXTS):
        column, at = _read_column(message, at, count)
        columns.append(column)
    ids, bodies, queues, secrets, received = columns
    frames = zip(
        [id_.decode() for id_ in ids],
        integers[:count],
        integers[count:],
        bodies,
        [queues[0].decode()] * count if queues.count(queues[0]) == count else [each.decode() for each in queues],
        secrets,
        received,
        strict=True,
    )
    return Hand(serial, epoch, list(map(Frame._make, frames)))


def _read_lone(message: bytes) -> Frame:
    fence, attempt, name, body, line, secret, received = _LONE.unpack_from(message, _HEAD.size)
    body_at = _HEAD.size + _LONE.size + name
    line_at = body_at + body
    secret_at = line_at + line
    input_at = secret_at + secret
    if len(message) != input_at + received:
        raise ValueError("a frame is cut off")
    return Frame(
        message[body_at - name : body_at].decode(),
        fence,
        attempt,
        message[body_at:line_at],
        message[line_at:secret_at].decode(),
        message[secret_at:input_at],
        message[input_at:],
    )


def serials(message: bytes) -> range:
    """The serials of the frames in a message."""
    _, _, first, count = _HEAD.unpack_from(message)
    return range(first, first + count)


def _column(values: Sequence[bytes]) -> bytes:
    first, count = values[0], len(values)
    if values.count(first) == count:
        return _COLUMN.pack(True, len(first)) + first
    lengths = struct.pack(f"<{count}I", *map(len, values))
    whole = b"".join(values)
    return b"".join((_COLUMN.pack(False, len(whole)), lengths, whole))


def _read_column(message: bytes, at: int, count: int) -> tuple[Sequence[bytes], int]:
    """A column, and where the next one begins."""
    alike, size = _COLUMN.unpack_from(message, at)
    at += _COLUMN.size
    if alike:
        return [message[at : at + size]] * count, at + size
    lengths = struct.Struct(f"<{count}I")
    bounds = accumulate(lengths.unpack_from(message, at), initial=at + lengths.size)
    return [message[start:end] for start, end in pairwise(bounds)], at + lengths.size + size
