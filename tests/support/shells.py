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
_TO_THE_BEGINNING, _THROW_AWAY = b"\x01", b"\x05\x15"


def is_installed(shell: str) -> bool:
    return shutil.which(shell) is not None


class Shell:
    """One shell, in which lines are typed. It is closed by `close`."""

    def __init__(self, name: str, home: Home, columns: int = 80) -> None:
        self.name = name
        environment = {"INPUTRC": "/dev/null", "LC_ALL": "C.UTF-8", "fish_greeting": ""}
        self._terminal = Terminal(home, command=_COMMANDS[name], columns=columns, extra=environment)
        self._count = 0
        self.run(_SET_UP[name])

    def run(self, line: str) -> str:
        """Run a line, and answer what it wrote."""
        self._count += 1
        mark = f"end-{self._count}"
        return self._type(f"{line}; echo 'end'-{self._count}\r".encode(), mark)

    def completed(self, line: str, tabs: int = 1) -> list[str]:
        """Type a line and press Tab: the words that the shell takes it for then."""
        self._count += 1
        begin = f"printf '<%s>' {self._count} 'words'; printf '<%s>' ".encode()
        said = self._type(
            line.encode() + b"\t" * tabs + _TO_THE_BEGINNING + begin + b"\x05 'end'\r",
            f"<{self._count}><words>",
            "<end>",
        )
        words = re.findall(r"<([^<>]*)>", said)
        return words[:-1]

    def listed(self, line: str) -> str:
        """What is shown on the screen when Tab is pressed twice."""
        return self._type(line.encode() + b"\t\t", "")

    def close(self) -> None:
        self._terminal.press(_THROW_AWAY + b"exit\r")
        self._terminal.end()

    def _type(self, keys: bytes, begin: str, end: str = "") -> str:
        """Press keys, and answer what came from `begin` to `end`."""
        before = len(self._terminal.read())
        self._terminal.press(keys)

        def found() -> str | None:
            screen = "\n".join(plain(self._terminal.read()[before:]))
            _, seen, rest = screen.partition(begin)
            text, done, _ = rest.partition(end) if end else (screen, seen, "")
            return (text + end) if seen and done else None

        said = eventually(found, within=20.0)
        assert said is not None
        return said
