"""The Redis of a storm: what it acknowledges is on its disk, its clock can be set, and it may be killed."""

from __future__ import annotations

import os
import time
from statistics import median
from typing import Final

from tests.support.faked_server import FakedServer

_WRITES: Final = 20


class StormServer(FakedServer):
    """With an append-only file that is written before anything is answered, as the embedded server has."""

    def __init__(self) -> None:
        super().__init__("--appendonly", "yes", "--appendfsync", "always")
        self.down_for = 0.0  #: seconds, the longest time
        self.fsync_ms = self._fsync_ms()  #: what its disk takes for one write, while nothing else is written here

    def _fsync_ms(self) -> float:
        path, took = self.folder / "written", []
        with path.open("wb", buffering=0) as file:
            for _ in range(_WRITES):
                began = time.perf_counter()
                file.write(b"x" * 100)
                os.fdatasync(file.fileno())
                took.append(1000 * (time.perf_counter() - began))
        path.unlink()
        return median(took)

    def environment(self) -> dict[str, str]:
        """Looks at its clock once a second: a server that reads a file for each command is another server."""
        surroundings = super().environment()
        del surroundings["FAKETIME_NO_CACHE"]
        return surroundings | {"FAKETIME_CACHE_DURATION": "1"}

    def kill_and_start(self) -> None:
        """`kill -9`, and again with what it had on its disk."""
        began = time.monotonic()
        self.kill()
        self.start()
        self.down_for = max(self.down_for, time.monotonic() - began)
