"""What jobs write, passed on to who waits for them: byte by byte to a program, harmless to a terminal."""

from __future__ import annotations

import sys

from qctl.cli.emit import write, write_bytes
from qctl.model.cells import visible
from qctl.model.output import GAP, NOTE, STDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.cli.session import Session
    from qctl.cli.terminal import Look
    from qctl.client.following import LogPiece


def pass_on(piece: LogPiece, here: Session) -> None:
    """Write a piece of output where the job wrote it: stdout to stdout, stderr to stderr, byte by byte.

    A terminal gets it so that it cannot be driven by it (attack 31). What was dropped is told on stderr, always.
    """
    chunk = piece.chunk
    if chunk.stream == GAP:
        here.warn(f"{int(chunk.data):,} bytes of output were not kept")
    elif chunk.stream == NOTE:
        here.say(chunk.data.decode("utf-8", "replace").rstrip("\n"))
    elif chunk.stream == STDOUT:
        write_bytes(for_stream(chunk.data, here.out))
    else:
        sys.stderr.buffer.write(for_stream(chunk.data, here.err))
        sys.stderr.buffer.flush()


def for_stream(data: bytes, look: Look) -> bytes:
    """Bytes of a job as this stream may get them: exact off a terminal, harmless on one."""
    if look.width is None:
        return data
    text = visible(data.decode("utf-8", "surrogateescape").replace("\r\n", "\n"), keep="\n\t")
    return text.encode("utf-8" if look.unicode else "ascii", "backslashreplace")


def write_value(data: bytes, is_json: bool, here: Session) -> None:
    """Write a job's value alone: JSON with a newline, a shell job's stdout as it is."""
    if is_json:
        write(data.decode())
    else:
        write_bytes(for_stream(data, here.out))
