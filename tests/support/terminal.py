"""A pseudo-terminal, of 80 columns and 24 lines at first: what a person sees of `qctl`, and the keys he presses."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence

from tests.support.command_line import Home
from tests.support.waiting import eventually


def _at_the_terminal() -> None:
    """In the child: as a login shell starts a command, whatever the suite itself was started by and ignores."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


class Terminal:
    """A command on a pseudo-terminal: `qctl`, another program of Python, or any other by its whole `command`."""

    def __init__(
        self,
        home: Home,
        *words: str,
        program: tuple[str, ...] = ("-m", "qctl"),
        columns: int = 80,
        lines: int = 24,
        extra: Mapping[str, str] | None = None,
        command: Sequence[str] = (),
    ) -> None:
        self._leader, follower = pty.openpty()
        self._lines, self._decoder = lines, codecs.getincrementaldecoder("utf-8")("replace")
        self.resize(columns)
        self.process = subprocess.Popen(
            command or [sys.executable, *program, *words],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env=home.environment({"TERM": "xterm-256color", **(extra or {})}),
            cwd=home.work,
            start_new_session=True,
            preexec_fn=_at_the_terminal,
        )
        os.close(follower)
        self.screen = ""

    def resize(self, columns: int) -> None:
        """Make it wider or narrower."""
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", self._lines, columns, 0, 0))

    @property
    def shows_what_is_typed(self) -> bool:
        """Whether it echoes."""
        return bool(termios.tcgetattr(self._leader)[3] & termios.ECHO)

    def read(self) -> str:
        """What has come until now."""
        while select.select([self._leader], [], [], 0.02)[0]:
            try:
                self.screen += self._decoder.decode(os.read(self._leader, 65536))
            except OSError:
                break
        return self.screen

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.read(), within=60.0)

    def press(self, key: bytes) -> None:
        os.write(self._leader, key)

    def hang_up(self) -> None:
        """Close it under whatever runs there."""
        os.close(self._leader)

    def end(self) -> int:
        """Its exit code, once it has ended and all was read."""
        eventually(lambda: (self.read(), self.process.poll())[1] is not None, within=60.0)
        self.read()
        os.close(self._leader)
        return self.process.wait()


def plain(screen: str) -> list[str]:
    """The lines that were written, without the sequences that colour them and move."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", screen).replace("\r", "").split("\n")


def heights(screen: str) -> list[int]:
    """The lines of each picture of a live region but its last, which scrolls on.

    Each is drawn over the one before, whole or in its changed lines: both begin by going up.
    """
    return [picture.count("\n") for picture in re.split(r"\x1b\[\d+F", screen)[:-1]]
