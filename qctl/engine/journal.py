"""The worker's own log: one record per line, a human sentence and fields with an `action`.

Each record of up to PIPE_BUF bytes is one write, so that records of several processes do not mix. Everything that could
break a line or drive a terminal is escaped: a job's name cannot forge a record. Nothing here waits: what a full pipe or
a halted terminal (Ctrl-S) does not take at once is dropped and counted, for the loop that logs also renews the lease.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import select
import signal
from enum import IntEnum

from qctl import clock
from qctl.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

REMIND: Final = 60.0  #: seconds
_MOST_TROUBLES: Final = 100  #: that are remembered


class Level(IntEnum):
    """How much a record matters; `-l` names the least that is written."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


LEVELS: Final = {level.name.lower(): level for level in Level}


def read_level(text: str) -> Level:
    """Read the value of `-l`. Raises UsageError."""
    try:
        return LEVELS[text.lower()]
    except KeyError:
        raise UsageError(f"-l {text}: levels are {', '.join(LEVELS)}") from None


class Journal:
    """Writes records to a file descriptor, as text for people or as one JSON object per line."""

    def __init__(
        self,
        fd: int,
        *,
        level: Level = Level.INFO,
        as_json: bool = False,
        now: Callable[[], str] | None = None,
    ) -> None:
        self._fd = fd
        self._room = select.poll()
        self._room.register(fd, select.POLLOUT)
        self._on_terminal = os.isatty(fd)
        self._dropped = 0  #: lines, since the last that was taken
        self._reminded: dict[str, float] = {}  #: troubles, by when each was written last
        self._torn = False  #: the last bytes that were taken are no whole line
        self._level = level
        self._as_json = as_json
        self._now = now or _wall_time
        self.context: dict[str, object] = {}  #: fields that every record bears, such as the worker's label

    def debug(self, action: str, sentence: str, **fields: object) -> None:
        self._write(Level.DEBUG, action, sentence, fields)

    def info(self, action: str, sentence: str, **fields: object) -> None:
        self._write(Level.INFO, action, sentence, fields)

    def warning(self, action: str, sentence: str, **fields: object) -> None:
        self._write(Level.WARNING, action, sentence, fields)

    def trouble(self, action: str, sentence: str) -> None:
        """A warning of what is tried again and again: written at its first time, then once in REMIND seconds."""
        now = clock.monotonic()
        if self._reminded.get(sentence, -math.inf) + REMIND <= now:
            if len(self._reminded) >= _MOST_TROUBLES:
                self._reminded.clear()
            self._reminded[sentence] = now
            self.warning(action, sentence)

    def error(self, action: str, sentence: str, **fields: object) -> None:
        self._write(Level.ERROR, action, sentence, fields)

    def writes(self, level: Level) -> bool:
        """Whether records of this level are written: lets the busy path skip making them."""
        return level >= self._level

    def _write(self, level: Level, action: str, sentence: str, fields: dict[str, object]) -> None:
        if level < self._level:
            return
        if self._dropped:
            count = f"{self._dropped} line{'s' if self._dropped != 1 else ''}"
            if self._taken(self._line(Level.WARNING, "dropped", f"log dropped, for nobody took it: {count}", {})):
                self._dropped = 0
        if self._dropped or not self._taken(self._line(level, action, sentence, fields)):
            self._dropped += 1

    def _line(self, level: Level, action: str, sentence: str, fields: dict[str, object]) -> bytes:
        said = {name: value for name, value in (fields | self.context).items() if value is not None}
        line = (_json if self._as_json else _text)(level, self._now(), action, sentence, said)
        return line.encode("utf-8", "backslashreplace") + b"\n"

    def _taken(self, line: bytes) -> bool:
        """Write a line if that does not wait. Only PIPE_BUF bytes are sure to fit into a pipe that takes any."""
        rest = b"\n" + line if self._torn else line
        whole = len(rest)
        # A terminal that halts background writers (stty tostop) sends them what to a worker means a slot less.
        if self._on_terminal:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with contextlib.suppress(OSError):  # a closed terminal or a full disk must not stop the work (fault 8)
            while rest and self._room.poll(0):
                rest = rest[os.write(self._fd, rest[: select.PIPE_BUF]) :]
        if self._on_terminal:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTTOU})
        if len(rest) < whole:
            self._torn = bool(rest)
        return not rest


def _json(level: Level, at: str, action: str, sentence: str, fields: dict[str, object]) -> str:
    record = {"at": at, "level": level.name.lower(), "action": action, "message": sentence, **fields}
    return json.dumps(record, default=str)


def _text(level: Level, at: str, action: str, sentence: str, fields: dict[str, object]) -> str:
    tail = "".join(f" {name}={printable(str(value))}" for name, value in fields.items())
    return f"{at} {level.name:<7} {printable(sentence)} action={action}{tail}"


def printable(text: str) -> str:
    """Escape what is not printable, line ends and terminal controls above all (attacks 31 and 32)."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _wall_time() -> str:
    return f"{clock.now():%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
