"""Writing what a command found: to people as lines, to programs as JSON, JSON lines, TSV or bare ids."""

from __future__ import annotations

import sys

from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from json import dumps
    from typing import Any, Final

    from qctl.cli.settings import Settings

    Item = Mapping[str, Any]
else:
    dumps = later("json", "dumps")

JOB_COLUMNS: Final = (
    *("id", "task", "state", "outcome", "reason", "queue", "priority", "worker", "attempt", "max_attempts"),
    *("exit_code", "signal", "enqueued_at", "started_at", "ended_at", "wait_s", "run_s", "by"),
)

#: What JSON may hold as it is, and yet drives a terminal or turns its text round (attack 31): first and last of each.
_TURNING: Final = ((0x7F, 0x9F), (0x61C, 0x61C), (0x200E, 0x200F), (0x2028, 0x202E), (0x2066, 0x2069))
_HIDDEN: Final = {code: f"\\u{code:04x}" for first, last in _TURNING for code in range(first, last + 1)}
_UNFIT: Final = (
    {code: f"\\u{code:04x}" for code in range(0x20)} | _HIDDEN | {9: "\\t", 10: "\\n", 13: "\\r", 92: "\\\\"}
)


def emit_list(
    settings: Settings,
    items: Sequence[Item],
    lines: Callable[[], Sequence[str]],
    *,
    columns: Sequence[str] = JOB_COLUMNS,
    name: str = "id",
    following: str | None = None,
    titled: bool = True,
) -> None:
    """Write a list. `lines` makes the table, asked for only if people read it; `following` is where more begins.

    Of a list that is written in parts only the first is `titled`.
    """
    if settings.output == "json":
        write(as_json(list_document(items, following)))
    elif settings.output == "jsonl":
        for item in items:
            write(as_json(item))
    elif settings.output == "tsv":
        if titled:
            write("\t".join(columns))
        for item in items:
            write("\t".join(_tsv(item.get(column)) for column in columns))
    elif settings.output == "name" or settings.quiet:
        for item in items:
            write(str(item[name]))
    else:
        for line in lines():
            write(line)


def emit_one(
    settings: Settings,
    item: Item,
    lines: Callable[[], Sequence[str]],
    *,
    columns: Sequence[str] = JOB_COLUMNS,
    name: str = "id",
) -> None:
    """Write one thing: as JSON one object, in no list."""
    if settings.output == "json":
        write(as_json(item))
    else:
        emit_list(settings, [item], lines, columns=columns, name=name)


def list_document(items: Sequence[Item], following: str | None = None) -> dict[str, Any]:
    """A list as `qctl.list/1`; `following` is where more begins."""
    return {"schema": "qctl.list/1", "items": list(items), "next": following}


def as_json(value: Any) -> str:
    """JSON on one line. Text that is no UTF-8 stands in escapes, so that every line can be written and read."""
    text = dumps(value, ensure_ascii=False, default=str).translate(_HIDDEN)
    try:
        text.encode()
    except UnicodeEncodeError:
        return dumps(value, default=str)
    return text


def _tsv(value: Any) -> str:
    """A value in a cell: nothing for null, JSON for what has parts, no tab or newline that would break the row."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else as_json(value)
    return text.translate(_UNFIT)


def write(line: str) -> None:
    """Write one line to stdout at once, in UTF-8 whatever the locale says."""
    write_bytes(line.encode("utf-8", "surrogateescape") + b"\n")


def write_text(text: str) -> None:
    """Write a text of several lines to stdout at once."""
    write_bytes(text.encode("utf-8", "surrogateescape"))


def write_bytes(data: bytes) -> None:
    """Write bytes to stdout at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(line: str) -> None:
    """Talk: one line to stderr. A full disk there changes nothing of what is found, nor of the exit code.

    Raises OSError if stdout cannot be written, and BrokenPipeError if nobody reads stderr any more.
    """
    sys.stdout.flush()
    try:
        sys.stderr.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
        sys.stderr.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError:
        pass
