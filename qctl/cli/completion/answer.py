"""`qctl __complete KIND PREFIX WORD…`: what may stand at the cursor, a value and what is said of it in each line.

The WORDs are those before it. Whatever goes wrong, nothing is said: a Tab is no place for errors.
"""

from __future__ import annotations

import os
from importlib import import_module

from qctl.config import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, Final, NoReturn

#: Flags among the words that say which tasks.toml and which instance is meant.
_MEANT: Final = {"--file": "file", "--dir": "dir", "-C": "dir", "--redis": "redis", "--namespace": "namespace"}
#: What tasks.toml knows, by the kind that is asked for.
OF_FILE: Final = {
    "tasks": ("tasks",),
    "schedules": ("schedules",),
    "what": ("schedules", "tasks"),
    "notify": ("notify",),
    "tags": ("tags",),
}
_MOST: Final = 1000

Row = tuple[str, str]


def answer(words: Sequence[str]) -> NoReturn:
    """Write the answer, and end the process at once: taking Python down would take a tenth of the time."""
    try:
        kind, prefix, *line = words
        _write(_found(kind, prefix, line))
    except BaseException:  # noqa: BLE001, RUF100, S110 - the reader has gone, a key was pressed, a file is broken
        pass
    os._exit(0)


def _write(rows: Iterable[Row]) -> None:
    text = "".join(f"{value}\t{about}\n" for value, about in rows)
    left = text.encode("utf-8", "surrogateescape")
    while left:
        left = left[os.write(1, left) :]


def _found(kind: str, prefix: str, line: Sequence[str]) -> list[Row]:
    """The rows that begin with what stands there."""
    kind, begin, rest = _place(kind, prefix)
    found = [(value, about) for value, about in _offered(kind, rest, line) if value.startswith(rest)]
    return [(begin + value, about) for value, about in found[:_MOST]]


def _place(kind: str, prefix: str) -> tuple[str, str, str]:
    """What is wanted at the end of a word that may be several things, what stands before that, and the rest."""
    if kind == "step":
        return in_expression(prefix)
    if kind in ("jobs", "active-jobs") and prefix.startswith("@last:"):
        return "tasks", "@last:", prefix[6:]
    if kind == "query":
        at = max(prefix.rfind(sign) for sign in ' (-"') + 1
        if prefix.startswith("task:", at):
            at += 5
            return "tasks", prefix[:at], prefix[at:]
        return kind, prefix[:at], prefix[at:]
    return kind, "", prefix


def in_expression(text: str) -> tuple[str, str, str]:
    """At the end of an expression: a task, or a parameter of the one whose parenthesis is open or whose words go on."""
    opened: list[tuple[str, str]] = []
    start, quoted = 0, False
    for at, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif sign in "[(":
            opened.append((sign, text[start:at].strip()))
            start = at + 1
        elif sign in "])|,":
            del opened[len(opened) - (sign in "])") :]
            start = at + 1
    start += len(text) - start - len(text[start:].lstrip())
    if opened and opened[-1][0] == "(":
        return f"params {opened[-1][1]}", text[:start], text[start:]
    if " " in text[start:]:
        at = text.rindex(" ") + 1
        return f"params {text[start:].split(' ')[0]}", text[:at], text[at:]
    return "tasks", text[:start], text[start:]


def _offered(kind: str, prefix: str, line: Sequence[str]) -> Iterable[Row]:
    flags = flags_of(line)
    folder = os.path.abspath(os.path.expanduser(flags.get("dir") or os.environ.get("QCTL_DIR") or "."))
    kinds = (kind,) if kind.startswith("params ") else OF_FILE.get(kind, ())
    if not kinds:
        found: list[Row] = _live().ask(kind, prefix, flags, folder)
        return found
    text = _text(flags, folder, told=kind == "tasks" or kind.startswith("params "))
    rows = [row for each in kinds for row in offers.rows(text, each)]
    return parameters(rows, prefix, line) if kind.startswith("params ") else dict(rows).items()


def _text(flags: Mapping[str, str], folder: str, *, told: bool) -> str:
    """The rows of the tasks.toml that is meant, from the cache or read anew; with what workers tell where it may."""
    path = offers.file_at_hand(flags.get("file"), os.environ, folder)
    text = offers.kept(path, os.environ) if path else ""
    if path and not offers.is_current(text):
        text = str(_live().reread(path)) or text
    if told and (not path or (next(offers.rows(text, "modules"), None) and text.endswith(offers.TOLD))):
        text += str(_live().told(path, flags, folder))
    return text


def parameters(rows: Iterable[Row], prefix: str, line: Sequence[str]) -> Iterable[Row]:
    """Names with their `=`; once one stands there, its values. Not those that are given already."""
    given = {word.partition("=")[0].removesuffix(":") for word in line if "=" in word}
    for value, about in rows:
        name, _, rest = value.partition("=")
        if bool(rest) == ("=" in prefix) and name not in given:
            yield value, about


def flags_of(line: Sequence[str]) -> dict[str, str]:
    """What the words before the cursor say of file and instance; a flag that has no value yet says nothing."""
    found: dict[str, str] = {}
    for place, word in enumerate(line):
        if word == "--":
            break
        name, has_value, value = word.partition("=")
        if name in _MEANT and (has_value or place + 1 < len(line)):
            found[_MEANT[name]] = value if has_value else line[place + 1]
    return found


def _live() -> Any:
    return import_module("qctl.cli.completion.live")
