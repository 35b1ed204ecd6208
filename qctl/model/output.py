"""An attempt's output as it is stored and shown: tagged chunks, packed into one value when the attempt has ended.

The chunks hold what the job wrote byte for byte; only who wrote it and when stands beside them.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

STDOUT: Final = "o"
STDERR: Final = "e"
NOTE: Final = "n"  #: a line of qctl itself about the attempt
GAP: Final = "g"  #: here bytes were dropped; the data is their number in decimal digits

#: How the note of a value too large to keep ends, by which a caller knows it.
NO_VALUE_KEPT: Final = "no value is kept"

_STREAMS: Final = (STDOUT, STDERR, NOTE, GAP)
_START: Final = struct.Struct("<Q")  # ms since the epoch of the first chunk
_CHUNK: Final = struct.Struct("<cII")  # stream, ms since the first chunk, length
_PACKED: Final = struct.Struct("<cQ")  # how it is packed, bytes dropped
_PLAIN: Final = b"0"
_ZLIB: Final = b"1"
_WORTH_PACKING: Final = 96  #: bytes below which zlib makes things longer


class Chunk(NamedTuple):
    """What was written on one stream at one time. A chunk may end within a line."""

    ms: int  #: unix time of the worker's host in ms, when it was read
    stream: str  #: STDOUT, STDERR, NOTE or GAP
    data: bytes


@dataclass(frozen=True, slots=True)
class Log:
    """The output of an attempt that was kept: its head, a GAP if something was dropped, its tail."""

    chunks: tuple[Chunk, ...] = ()
    dropped: int = 0  #: bytes that were written and not kept

    def text(self, streams: str = STDOUT + STDERR) -> bytes:
        """What was written on the given streams, in order."""
        return b"".join(chunk.data for chunk in self.chunks if chunk.stream in streams)


def encode_chunks(chunks: Iterable[Chunk]) -> bytes:
    """Write chunks one after the other, as they travel while an attempt runs."""
    said: list[bytes] = []
    start = 0
    for ms, stream, data in chunks:
        if not said:
            start = ms
            said.append(_START.pack(ms))
        said.append(_CHUNK.pack(stream.encode(), min(max(0, ms - start), 0xFFFFFFFF), len(data)))
        said.append(data)
    return b"".join(said)


def decode_chunks(data: bytes) -> list[Chunk]:
    """Read what `encode_chunks` wrote. Raises ValueError if it is cut off or names an unknown stream."""
    chunks: list[Chunk] = []
    if not data:
        return chunks
    try:
        (start,) = _START.unpack_from(data)
        at = _START.size
        while at < len(data):
            tag, delta, length = _CHUNK.unpack_from(data, at)
            at += _CHUNK.size
            stream = tag.decode("latin-1")
            if stream not in _STREAMS or at + length > len(data):
                raise ValueError("not a log")
            chunks.append(Chunk(start + delta, stream, data[at : at + length]))
            at += length
    except struct.error as error:
        raise ValueError(f"not a log: {error}") from error
    return chunks


def pack(chunks: Iterable[Chunk], dropped: int = 0) -> bytes:
    """Make one value of an attempt's kept output; empty if there is none."""
    plain = encode_chunks(chunks)
    if not plain:
        return b""
    if len(plain) < _WORTH_PACKING:
        return _PACKED.pack(_PLAIN, dropped) + plain
    return _PACKED.pack(_ZLIB, dropped) + zlib.compress(plain, 1)


def unpack(packed: bytes) -> Log:
    """Read what `pack` made. Raises ValueError if it is damaged."""
    if not packed:
        return Log()
    try:
        how, dropped = _PACKED.unpack_from(packed)
        plain = packed[_PACKED.size :]
        if how == _ZLIB:
            plain = zlib.decompress(plain)
        elif how != _PLAIN:
            raise ValueError("a log of a newer qctl")
    except (struct.error, zlib.error) as error:
        raise ValueError(f"not a log: {error}") from error
    return Log(tuple(decode_chunks(plain)), dropped)
