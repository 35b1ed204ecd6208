"""`qctl __complete KIND PREFIX WORD…`: what may stand at the cursor, a value and what is said of it in each line.

The WORDs are those before it. Whatever goes wrong, nothing is said: a Tab is no place for errors.
"""

from __future__ import annotations

import os

from qctl.cli.completion import instance
from qctl.config import offers
from qctl.later import import_module

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
#: What Redis knows, and of these what tasks.toml knows besides.
OF_REDIS: Final = ("jobs", "active-jobs", "ended-jobs", "queues", "workers", "hosts")
_IN_FILE: Final = ("queues", "hosts")
#: Fields of a QUERY whose values Redis knows.
_OF_FIELD: Final = {"queue": "queues", "worker": "workers", "id": "jobs", "workflow": "jobs"}
#: Of these the same one is not named twice.
_ONCE: Final = (*OF_REDIS, "schedules", "notify")
_MOST: Final = 1000

Row = tuple[str, str]


def answer(words: Sequence[str]) -> NoReturn:
    """Write the answer, and end the process at once: taking Python down would take a tenth of the time."""
    try:
        kind, prefix, *line = words
        _write(found(kind, prefix, line))
    except BaseException:  # noqa: BLE001, RUF100, S110 - the reader has gone, a key was pressed, a file is broken
        pass
    os._exit(0)


def _write(rows: Iterable[Row]) -> None:
    text = "".join(f"{value}\t{about}\n" for value, about in rows)
    left = text.encode("utf-8", "surrogateescape")
    while left:
        left = left[os.write(1, left) :]


def found(kind: str, prefix: str, line: Sequence[str]) -> list[Row]:
    """The rows that begin with what stands there."""
    kind, begin, rest = _place(kind, prefix)
    if kind == "query" and prefix.startswith("-") and not _may_begin_with_minus(line):
        return []  # what begins so is an option here
    named = line if kind in _ONCE else ()
    rows = [row for row in _offered(kind, rest, line) if row[0].startswith(rest) and row[0] not in named]
    return [(begin + value, about) for value, about in rows[:_MOST]]


def _may_begin_with_minus(line: Sequence[str]) -> bool:
    """Whether a word that begins with a minus is no option: after `--`, and as the value of one."""
    return "--" in line or (bool(line) and line[-1].startswith("--"))


def _place(kind: str, prefix: str) -> tuple[str, str, str]:
    """What is wanted at the end of a word that may be several things, what stands before that, and the rest."""
    if kind == "step":
        return in_expression(prefix)
    if kind in ("jobs", "active-jobs") and prefix.startswith("@last:"):
        return "tasks", "@last:", prefix[6:]
    if kind == "query":
        at = max(prefix.rfind(sign) for sign in ' ("') + 1
        at += prefix.startswith("-", at)
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
    if kind == "zones":
        found: list[Row] = import_module("qctl.cli.completion.words").zones()
        return found
    if kind == "query":
        return _of_query(prefix, line)
    flags = flags_of(line)
    folder = os.path.abspath(os.path.expanduser(flags.get("dir") or os.environ.get("QCTL_DIR") or "."))
    if kind in OF_REDIS:
        return _of_redis(kind, prefix, flags, folder)
    kinds = (kind,) if kind.startswith("params ") else OF_FILE.get(kind, ())
    if not kinds:
        return []
    text = _text(flags, folder, told=kind == "tasks" or kind.startswith("params "))
    rows = [row for each in kinds for row in offers.rows(text, each)]
    return parameters(rows, prefix, line) if kind.startswith("params ") else dict(rows).items()


def _of_query(prefix: str, line: Sequence[str]) -> Iterable[Row]:
    """Fields, and once one stands there its values."""
    name, sign, rest = prefix.partition(":")
    if sign and name in _OF_FIELD:
        rows = _offered(_OF_FIELD[name], rest, line)
        return [(f"{name}:{value}", about) for value, about in rows if not value.startswith("@")]
    found: list[Row] = import_module("qctl.cli.completion.words").of_query(prefix)
    return found


def _of_redis(kind: str, prefix: str, flags: Mapping[str, str], folder: str) -> list[Row]:
    """What an instance tells, if one answers, behind what the file knows of the same kind."""
    path = offers.file_at_hand(flags.get("file"), os.environ, folder)
    text = _text(flags, folder, told=False)
    rows = dict(offers.rows(text, kind)) if kind in _IN_FILE else {}
    try:
        url, namespace = _meant(flags, path, text)
        left = instance.knock(url)
        live = import_module("qctl.cli.completion.live")  # for one that answers alone: it takes most of the time
        rows |= dict(live.ask(kind, prefix, url, namespace, left))
    except (OSError, LookupError):
        pass
    return list(rows.items())


def _meant(flags: Mapping[str, str], path: str | None, text: str) -> tuple[str, str]:
    """The URL and the namespace that are meant. Raises LookupError if nobody knows, OSError if no server runs."""
    said = {name: next(offers.rows(text, name), ("", ""))[0] for name in ("redis", "namespace")}
    url = flags.get("redis") or os.environ.get("QCTL_REDIS")
    if os.environ.get("QCTL_RUN_DIR") or (path and not text and not url):
        raise LookupError  # a job reaches no Redis; nor is it known which one a file means that cannot be read
    if not url:
        url = said["redis"] if said["redis"] != "?" else _rereading().redis_of(path)
    space = flags.get("namespace") or os.environ.get("QCTL_NAMESPACE") or said["namespace"] or "qctl"
    return url or instance.embedded(os.environ), space


def _text(flags: Mapping[str, str], folder: str, *, told: bool) -> str:
    """The rows of the tasks.toml that is meant, from the cache or read anew; with what workers tell where it may."""
    path = offers.file_at_hand(flags.get("file"), os.environ, folder)
    text = offers.kept(path, os.environ) if path else ""
    if path and not offers.is_current(text):
        text = str(_rereading().reread(path)) or text
    if told and (not path or (next(offers.rows(text, "modules"), None) and text.endswith(offers.TOLD))):
        text += str(_rereading().told(path, flags, folder))
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


def _rereading() -> Any:
    return import_module("qctl.cli.completion.rereading")
