"""A clock of the server's that stands still: what two servers keep can then be compared, times and all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from unittest.mock import patch

from qctl.store import command

_ASKS: Final = b"local function server_ms()\n"
_READ: Final = command._read


@contextmanager
def server_clock_at(now_ms: int) -> Iterator[None]:
    """Scripts that are asked for meanwhile take this for the server's time, in ms since the epoch."""

    def read(name: str) -> bytes:
        text = _READ(name)
        assert name != "_prelude" or text.count(_ASKS) == 1, "the clock reads otherwise now"
        return text.replace(_ASKS, _ASKS + f"  do return {now_ms} end\n".encode())

    command.script.cache_clear()
    try:
        with patch.object(command, "_read", read):
            yield
    finally:
        command.script.cache_clear()
