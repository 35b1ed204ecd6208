"""What stands behind a step's name in an expression: its arguments and its marks."""

from __future__ import annotations

import re
from typing import NamedTuple

from qctl.model.workflow.tree import Each, FromFile, Literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from qctl.model.workflow.cursor import Cursor
    from qctl.model.workflow.tree import Value

MOST_RETRIES: Final = 1_000_000
_QUEUE: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEY: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*(:=|=)\s*")
_UNQUOTED: Final = re.compile(r"[^,)]*")
_WHOLE: Final = re.compile(r"\d{1,9}", re.ASCII)
_PARAM: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_EACH: Final = re.compile(r"each\(")


class Arguments(NamedTuple):
    """The values in a step's parentheses."""

    params: dict[str, Value]
    words: tuple[Value, ...]


class Marks(NamedTuple):
    """What the signs behind a step say."""

    tolerant: bool
    handler: bool
    options: dict[str, Any]


def read_arguments(cursor: Cursor) -> Arguments:
    """Read `(a, k=v, …)` if it comes next. Raises BadPipeline."""
    params: dict[str, Value] = {}
    words: list[Value] = []
    if not cursor.took("(") or cursor.took(")"):
        return Arguments(params, ())
    while True:
        cursor.skip()
        begin = cursor.at
        key = cursor.match(_KEY)
        if key is None and (cursor.sees("=") or cursor.sees(":=")):
            raise cursor.error("expected a parameter's name before `=`", hint='a value that begins so: "=…"')
        if key is None:
            words.append(_value(cursor))
        elif key[1] in params:
            raise cursor.error(f"`{key[1]}` is given twice", begin, end=key.end(1))
        else:
            params[key[1]] = Literal(cursor.json()) if key[2] == ":=" else _value(cursor)
        if cursor.took(")"):
            return Arguments(params, tuple(words))
        if not cursor.took(","):
            hint = 'a value that holds `,` or `)` is written in quotes: "…"'
            raise cursor.error("expected `,` or `)` after the argument", hint=hint)


def read_marks(cursor: Cursor) -> Marks:
    """Read the signs `?`, `!`, `*N` and `@QUEUE` that come next, in any order. Raises BadPipeline."""
    said: dict[str, Any] = {}
    while True:
        cursor.skip()
        begin, sign = cursor.at, cursor.text[cursor.at : cursor.at + 1]
        if sign not in ("?", "!", "*", "@"):
            break
        if sign in said:
            raise cursor.error(f"`{sign}` is said twice")
        cursor.at += 1
        said[sign] = True if sign in "?!" else _retries(cursor, begin) if sign == "*" else _queue(cursor, begin)
    options = {name: said[sign] for sign, name in (("*", "retries"), ("@", "queue")) if sign in said}
    return Marks("?" in said, "!" in said, options)


def _value(cursor: Cursor) -> Value:
    if cursor.sees('"'):
        return str(cursor.json())
    if cursor.took("@"):
        return FromFile(_path(cursor))
    if cursor.match(_EACH):
        return _each(cursor)
    found = cursor.match(_UNQUOTED)
    value = found[0].strip() if found else ""
    if not value:
        raise cursor.error("expected a value", hint='an empty text is written ""')
    return value


def _each(cursor: Cursor) -> Each:
    cursor.skip()
    if cursor.took("@"):
        each = Each(path=_path(cursor))
    elif param := cursor.match(_PARAM):
        each = Each(param=param[1])
    else:
        each = Each(values=_values(cursor))
    if not cursor.took(")"):
        raise cursor.error("expected `)` after what each(…) goes through")
    return each


def _values(cursor: Cursor) -> tuple[Value, ...]:
    if not cursor.sees("["):
        hint = 'each(@-): the lines of stdin; each(@FILE); each(["a", "b"]); in tasks.toml each({list}) too'
        raise cursor.error("each(…) goes through a file or a JSON list", hint=hint)
    return tuple(value if isinstance(value, str) else Literal(value) for value in cursor.json())


def _path(cursor: Cursor) -> str:
    if cursor.sees('"'):
        return str(cursor.json())
    found = cursor.match(_UNQUOTED)
    path = found[0].strip() if found else ""
    if not path:
        raise cursor.error("expected the path of a file after `@`", hint="@- is stdin")
    return path


def _retries(cursor: Cursor, begin: int) -> int:
    found = cursor.match(_WHOLE)
    if found is None or int(found[0]) > MOST_RETRIES:
        raise cursor.error("expected after `*` how often it is tried again", begin, hint="step*3")
    return int(found[0])


def _queue(cursor: Cursor, begin: int) -> str:
    found = cursor.match(_QUEUE)
    if found is None:
        raise cursor.error("expected the name of a queue after `@`", begin, hint="step@batch")
    return found[0]
