"""A pseudo-terminal of a program that draws the whole screen: what stands on it now, and how it was left."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import termios
from collections.abc import Mapping, Sequence

from qctl.model.cells import width
from tests.support.command_line import Home
from tests.support.terminal import Terminal
from tests.support.waiting import eventually

_TOKENS = re.compile(
    r"\x1b\[(?P<at>\d*(?:;\d*)?)H|\x1b\[(?P<erase>[0-3]?[JK])|\x1b\[\?(?P<mode>1049[hl])"
    r"|\x1b\[[<>=?]?[0-9;:]*[ -/]*[@-~]|\x1b\].*?(?:\x07|\x1b\\)|\x1bP.*?\x1b\\|\x1b[ -/]*[0-~]"
    r"|(?P<text>[^\x1b\x00-\x1f]+)|(?P<control>[\x00-\x1f])",
    re.S,
)


class FullScreen(Terminal):
    """A command on a terminal of a size, and what it has drawn."""

    def __init__(
        self,
        home: Home,
        *words: str,
        size: tuple[int, int] = (80, 24),
        program: tuple[str, ...] = ("-m", "qctl"),
        extra: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
    ) -> None:
        self.size = size
        self._bytes = b""
        super().__init__(home, *words, program=program, columns=size[0], extra=extra, command=command)

    def resize(self, columns: int, rows: int | None = None) -> None:
        """Make it another size; who draws on it is told."""
        self.size = (columns, rows or self.size[1])
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", self.size[1], columns, 0, 0))

    def read(self) -> str:
        """All that has come until now."""
        while select.select([self._leader], [], [], 0.02)[0]:
            try:
                self._bytes += os.read(self._leader, 65536)
            except OSError:
                break
        self.screen = self._bytes.decode(errors="replace")
        return self.screen

    @property
    def received(self) -> int:
        """How many bytes have come until now."""
        self.read()
        return len(self._bytes)

    def lines(self) -> list[str]:
        """What stands on the screen now."""
        return drawn(self.read(), *self.size)

    def shows(self, *texts: str) -> None:
        """Wait until all of these stand on the screen."""
        eventually(lambda: all(any(text in line for line in self.lines()) for text in texts), within=60.0)

    def shows_no(self, text: str) -> None:
        """Wait until this stands on the screen no more."""
        eventually(lambda: not any(text in line for line in self.lines()), within=60.0)

    def keys(self, text: str) -> None:
        """Press some keys, one after the other."""
        for letter in text:
            self.press(letter.encode())

    def end(self) -> int:
        """Its exit code, once it has ended and all was read."""
        eventually(lambda: (self.read(), self.process.poll())[1] is not None, within=60.0)
        self.read()
        return self.process.wait()

    def let_go(self) -> None:
        """End it, if it has not ended, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._leader)

    def turn_wheel(self, up: bool, times: int = 1) -> None:
        """Turn the wheel of a mouse over the middle of it."""
        x, y = self.size[0] // 2, self.size[1] // 2
        self.press(f"\x1b[<{64 if up else 65};{x};{y}M".encode() * times)

    def click(self, text: str) -> None:
        """Press and let go the left button over the first place where this stands."""
        row, line = next((at, line) for at, line in enumerate(self.lines(), 1) if text in line)
        column = width(line[: line.index(text)]) + 1
        self.press(f"\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m".encode())

    @property
    def is_restored(self) -> bool:
        """Whether the terminal is again as a shell needs it: its own screen, a cursor, an echo, no mouse."""
        left = self.read()
        modes = dict(re.findall(r"\x1b\[\?(1049|25|1000|1003)([hl])", left))
        echoes = bool(termios.tcgetattr(self._leader)[3] & termios.ECHO)
        return echoes and modes.get("1049") == "l" and modes.get("25") == "h" and modes.get("1003", "l") == "l"


def drawn(transcript: str, columns: int, rows: int) -> list[str]:
    """The lines that a terminal of this size shows after all this was written."""
    cells = [[" "] * columns for _ in range(rows)]
    x = y = 0
    for token in _TOKENS.finditer(transcript):
        if (at := token["at"]) is not None:
            row, _, column = at.partition(";")
            y, x = max(0, int(row or 1) - 1), max(0, int(column or 1) - 1)
        elif token["mode"] or token["erase"] == "2J":
            cells = [[" "] * columns for _ in range(rows)]
        elif (control := token["control"]) is not None:
            x, y = (0 if control in "\r\n" else x), y + (control == "\n")
        for letter in token["text"] or "":
            if y < rows and x < columns:
                cells[y][x] = letter
                for further in range(1, width(letter)):
                    cells[y][min(columns - 1, x + further)] = ""
            x += width(letter)
    return ["".join(line).rstrip() for line in cells]
