"""What the pictures are of: each a command, and what is waited for before it is drawn."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from rich.text import Text

from tests.screens.machine import Machine
from tests.screens.svg import svg
from tests.screens.typed import Typed

_LONGEST: Final = 60  #: lines of a command's output
_SMALL, _LARGE = (80, 24), (120, 40)
_FAILURES: Final = ("5", ("▸ +2 .*import-feed", "503"))


def _printed(words: tuple[str, ...], columns: int, machine: Machine) -> str:
    """A command that prints and ends, under the prompt that it was typed at."""
    typed = Typed(machine, words, columns, _LONGEST)
    typed.end()
    return svg([_prompt(words), *typed.lines()], columns, "")


def _live(size: tuple[int, int], steps: tuple[tuple[str, tuple[str, ...]], ...], machine: Machine) -> str:
    """`qctl top` of a size, after each of these keys, and once this was seen then."""
    typed = Typed(machine, ("top", "--interval", "500ms"), *size)
    typed.wait_for("backup-db|import-feed")
    for key, seen in steps:
        typed.press(key)
        typed.wait_for(*seen)
    lines = typed.lines()
    typed.press("q")
    typed.end()
    return svg(lines, size[0], "qctl top")


def _waiting(words: tuple[str, ...], seen: tuple[str, ...], machine: Machine) -> str:
    """A command that waits for a workflow, while this is seen; Ctrl-C leaves that to itself."""
    typed = Typed(machine, words, *_SMALL)
    typed.wait_for(*seen)
    lines = typed.lines()
    typed.press("\x03")
    typed.end()
    return svg([_prompt(words), *lines], _SMALL[0], "")


def _prompt(words: tuple[str, ...]) -> Text:
    return Text.assemble(("$ ", "dim"), (shlex.join(("qctl", *words)), "bold"))


#: name of the file -> how it is drawn
PICTURES: Final[Mapping[str, Callable[[Machine], str]]] = {
    "overview": partial(_printed, (), 80),
    "run-wait": partial(_waiting, ("run", "dump | [pack, checksum] | upload", "--wait"), ("checksum +ok", "40%")),
    "show": partial(_printed, ("show", "@failed"), 80),
    "schedule-next": partial(_printed, ("schedule", "next"), 80),
    "top": partial(_live, _LARGE, (("1", ("43%", "✗ failed", "dumping invoices")),)),
    "top-failures": partial(_live, _SMALL, (_FAILURES,)),
    "top-job": partial(_live, _SMALL, (_FAILURES, ("\r", ("503", "Attempts")))),
}
