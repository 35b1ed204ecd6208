"""An interactive bash, zsh or fish on a pseudo-terminal, with qctl's completion loaded as a user loads it."""

from __future__ import annotations

import re
import shutil
from typing import Final

from tests.support.command_line import SOURCE, Home
from tests.support.terminal import Terminal, plain
from tests.support.waiting import eventually

SCRIPTS: Final = SOURCE / "completions"
SHELLS: Final = ("bash", "zsh", "fish")

_COMMANDS: Final = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
_SET_UP: Final = {
    "bash": f"PS1='ready> '; bind 'set enable-bracketed-paste off'; source '{SCRIPTS}/qctl.bash'",
    "zsh": f"PS1='ready> '; unset zle_bracketed_paste; fpath=('{SCRIPTS}' $fpath)"
    "; autoload -Uz compinit; compinit -u -D",
    "fish": f"function fish_prompt; echo 'ready> '; end; source '{SCRIPTS}/qctl.fish'",
}
_TO_THE_BEGINNING, _TO_THE_END, _THROW_AWAY = b"\x01", b"\x05", b"\x05\x15"
_LEAVE_THE_LIST: Final = {"fish": b"\x1b"}


def is_installed(shell: str) -> bool:
    return shutil.which(shell) is not None


class Shell:
    """One shell, in which lines are typed. It is closed by `close`."""

    def __init__(self, name: str, home: Home, set_up: str = "") -> None:
        self.name = name
        environment = {"INPUTRC": "/dev/null", "LC_ALL": "C.UTF-8", "fish_greeting": ""}
        self._terminal = Terminal(home, command=_COMMANDS[name], extra=environment)
        self._count = 0
        self.run(set_up or _SET_UP[name])

    def run(self, line: str) -> None:
        """Run a line to its end."""
        self._count += 1
        self._type(f"{line}; echo 'end'-{self._count}\r".encode(), f"end-{self._count}")

    def completed(self, line: str) -> list[str]:
        """Type a line and press Tab: the words that the shell takes it for then, as a command would get them."""
        self._count += 1
        begin = f"printf '<%s>' {self._count} 'words'; printf '<%s>' ".encode()
        keys = line.encode() + b"\t" + _TO_THE_BEGINNING + begin + _TO_THE_END + b" 'end'\r"
        said = self._type(keys, f"<{self._count}><words>", "<end>")
        return re.findall(r"<([^<>]*)>", said)[:-1]

    def completes(self, line: str, words: list[str]) -> None:
        """Type a line and press Tab, until the shell takes it for these words.

        Redis has a moment for its answer, which a machine that is busy with others may take away.
        """

        def done() -> bool:
            assert self.completed(line) == words
            return True

        eventually(done, within=30.0)

    def lists(self, line: str, *texts: str) -> str:
        """Type a line and press Tab twice, anew if need be: what was written until these texts stand on the screen."""
        before = len(self._terminal.read())

        def shown() -> bool:
            screen = "\n".join(plain(self._terminal.read()[before:]))
            return all(text in screen for text in texts)

        def listed() -> bool:
            self._terminal.press(line.encode() + b"\t\t")
            try:
                return eventually(shown, within=10.0)
            finally:
                self._terminal.press(_LEAVE_THE_LIST.get(self.name, b"") + _THROW_AWAY)

        eventually(listed, within=30.0)
        return self._terminal.screen[before:]

    def close(self) -> None:
        self._terminal.press(_THROW_AWAY + b"exit\r")
        self._terminal.end()

    def _type(self, keys: bytes, begin: str, end: str = "") -> str:
        """Press keys, and answer what came after `begin`, up to `end` and with it."""
        before = len(self._terminal.read())
        self._terminal.press(keys)

        def found() -> str | None:
            _, begun, rest = "\n".join(plain(self._terminal.read()[before:])).partition(begin)
            said, ended, _ = rest.partition(end) if end else (rest, begun, "")
            return said + end if begun and ended else None

        said = eventually(found, within=20.0)
        assert said is not None
        return said
