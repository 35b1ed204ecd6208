"""What a value of each parameter type may be, and how a text becomes one."""

from __future__ import annotations

import math
import os
from _collections_abc import Mapping  # loaded with Python; `collections` is not

from qctl import json_text
from qctl.later import later
from qctl.model import strict_json
from qctl.model.task import ParamType
from qctl.model.words import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from re import fullmatch, search
    from typing import Any, Final

    from qctl.model.task import Param
else:
    fullmatch, search = (later("re", name) for name in ("fullmatch", "search"))


class Unfit(ValueError):
    """A value is not of its parameter's type."""


#: Marks that turn the direction of what follows: an old trick to make a line read as something else (attack 25).
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: What no process, terminal or JSON can carry, and the same with those marks.
_UNCLEAN: Final = "[\\0\ud800-\udfff]"
_UNCLEAN_OR_TURNING: Final = f"[\\0\ud800-\udfff{''.join(_TURNING)}]"
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_MOST_DIGITS: Final = 30  #: of a whole number as it is typed
LEAST_SECRET: Final = 4  #: characters of a secret value
TOO_SHORT: Final = f"has less than {LEAST_SECRET} characters: it could not be hidden in what the job prints"
MAX_NESTING: Final = 64
MOST: Final = 1 << 63  #: whole numbers beyond are read differently by every program


def check(param: Param, value: Any, *, as_json: bool = False, clean: bool = True) -> Any:
    """Answer the value if it fits its parameter, a whole `float` of an int included. Raises Unfit with the reason.

    A text that is not to be `clean` may hold what no command can take: it is for Python alone.
    """
    kind = ParamType.JSON if as_json else param.type
    fitting = _CHECKS[kind](value)
    if clean:
        _must_be_clean(fitting, turning=kind not in (ParamType.JSON, ParamType.ANY))
    if not as_json:
        _must_be_within(param, fitting)
    return fitting


def is_too_short(param: Param, value: Any) -> bool:
    """Whether a value is that of a secret, and too short to be one."""
    return param.secret and len(text_of(value)) < LEAST_SECRET


def from_text(param: Param, text: str, folder: str) -> Any:
    """Read a typed text as a value of the parameter's type; a relative path is taken from `folder`. Raises Unfit."""
    return _READERS[param.type](param, text, folder)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"{_shown(value)} is not a text")
    return value


def _path(value: Any) -> str:
    if not _text(value):
        raise Unfit("an empty text is not a path")
    return str(value)


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"{_shown(value)} is not a whole number")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(f"{_shown(value)} is not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise Unfit(f"{value} is not a number")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"{_shown(value)} is neither true nor false")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise Unfit(f"{_shown(value)} is not a list")
    for element in value:
        if not isinstance(element, str | int | float | bool):
            raise Unfit(f"{_shown(element)} may not stand in a list; the type `json` allows it")
        if isinstance(element, float):
            _float(element)
    return list(value)


def _json(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value  # always is
    try:
        json_text.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Unfit(f"{type(value).__name__} is not JSON: {error}") from error
    return value


def _choice(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise Unfit(f"{_shown(value)} is not a choice")
    return value


_CHECKS: Final[Mapping[ParamType, Callable[[Any], Any]]] = {
    ParamType.STR: _text,
    ParamType.INT: _int,
    ParamType.FLOAT: _float,
    ParamType.BOOL: _bool,
    ParamType.PATH: _path,
    ParamType.CHOICE: _choice,
    ParamType.LIST: _list,
    ParamType.JSON: _json,
    ParamType.ANY: _json,
}


def _must_be_clean(value: Any, *, turning: bool, depth: int = 0) -> None:
    """Refuse what a process, a terminal or JSON cannot carry, and say where it stands (attack 25)."""
    if depth > MAX_NESTING:
        raise Unfit(f"is nested more than {MAX_NESTING} deep")
    if isinstance(value, str):
        if (value.isascii() and "\0" not in value) or value.isprintable():
            return  # most are such, and this is much the cheapest way to know; none of those signs is printable
        if found := search(_UNCLEAN_OR_TURNING if turning else _UNCLEAN, value):
            raise Unfit(_unclean(found[0], found.end()))
    elif isinstance(value, int) and not -MOST <= value < MOST:
        raise Unfit("holds a number of more than 64 bits")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _must_be_clean(key, turning=turning, depth=depth + 1)
            _must_be_clean(each, turning=turning, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            _must_be_clean(each, turning=turning, depth=depth + 1)


def _unclean(sign: str, position: int) -> str:
    """What is wrong with a sign, and where it stands."""
    if "\udc80" <= sign <= "\udcff":  # how Python stands for a byte that it could not read
        return f"is not UTF-8: byte 0x{ord(sign) - 0xDC00:02x} at position {position}"
    return f"holds {_SIGNS.get(sign, 'a character')} U+{ord(sign):04X} at position {position}"


_SIGNS: Final = {"\0": "a NUL"} | dict.fromkeys(_TURNING, "a mark of writing direction")


def _must_be_within(param: Param, value: Any) -> None:
    if not param.choices and param.min is None and param.max is None and param.pattern is None:
        return
    elements = value if isinstance(value, list) else [value]
    if param.choices:
        for each in elements:
            if each not in param.choices or isinstance(each, bool) is not _has_bool(param, each):
                known = ", ".join(text_of(choice) for choice in param.choices)
                raise Unfit(f"{_shown(each)} is not one of {known}")
    measured, less, more = _measure(param, value)
    if param.min is not None and measured < param.min:
        raise Unfit(f"{_shown(value)} is {less} than {plain_number(param.min)}")
    if param.max is not None and measured > param.max:
        raise Unfit(f"{_shown(value)} is {more} than {plain_number(param.max)}")
    if param.pattern is not None:
        for each in elements:
            if fullmatch(param.pattern, text_of(each)) is None:
                raise Unfit(f"{_shown(each)} does not match {param.pattern}")


def _has_bool(param: Param, value: Any) -> bool:
    """True == 1 in Python; a choice of 1 is not a choice of true."""
    return any(choice == value and isinstance(choice, bool) for choice in param.choices)


def _measure(param: Param, value: Any) -> tuple[float, str, str]:
    """What `min` and `max` bound: a number's value, the length of a text, the number of a list's elements."""
    if param.type in (ParamType.INT, ParamType.FLOAT):
        return value, "less", "more"
    return len(text_of(value) if not isinstance(value, list) else value), "shorter", "longer"


def plain_number(number: float) -> str:
    """A bound as it was written: 9999999, not 1e+07."""
    return str(int(number)) if abs(number) < MOST and float(number).is_integer() else str(number)


def _read_int(_: Param, text: str, __: str) -> int:
    digits = text.strip().removeprefix("-") if "-" in text else text.strip().removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
        raise Unfit(f"{_shown(text)} is not a whole number")
    return int(text)


def _read_float(_: Param, text: str, __: str) -> float:
    try:
        return _float(float(text))
    except ValueError as error:
        raise Unfit(f"{_shown(text)} is not a number") from error


def _read_bool(_: Param, text: str, __: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE + _FALSE:
        raise Unfit(f"{_shown(text)} is neither true nor false")
    return word in _TRUE


def _read_path(_: Param, text: str, folder: str) -> str:
    """A path as its caller means it: from where he stands. What names another host (`host:/path`) stays as it is."""
    path = os.path.expanduser(text)
    if not text or os.path.isabs(path) or ":" in path.partition("/")[0][1:]:
        return path
    slash = "/" if path.endswith("/") else ""
    return os.path.normpath(os.path.join(folder, path)) + slash


def _read_list(_: Param, text: str, __: str) -> list[Any]:
    if text.lstrip().startswith("["):
        return _list(read_json(text))
    return [part.strip() for part in text.split(",")] if text.strip() else []


def read_json(text: str) -> Any:
    """Read typed JSON. Raises Unfit."""
    try:
        return strict_json.parse(text)
    except ValueError as error:
        raise Unfit(f"{_shown(text)} is not JSON: {error}") from error


def _read_choice(param: Param, text: str, _: str) -> Any:
    return next((choice for choice in param.choices if text_of(choice) == text), text)


_READERS: Final[Mapping[ParamType, Callable[[Param, str, str], Any]]] = {
    ParamType.STR: lambda _, text, __: text,
    ParamType.INT: _read_int,
    ParamType.FLOAT: _read_float,
    ParamType.BOOL: _read_bool,
    ParamType.PATH: _read_path,
    ParamType.CHOICE: _read_choice,
    ParamType.LIST: _read_list,
    ParamType.JSON: lambda _, text, __: read_json(text),
    ParamType.ANY: lambda _, text, __: text,
}


def _shown(value: Any) -> str:
    if isinstance(value, int) and not -MOST <= value < MOST:
        return "a number of more than 64 bits"
    text = (
        text_of(value)
        if isinstance(value, str | int | float | bool | list | dict)
        else "None"
        if value is None
        else type(value).__name__
    )
    return f"`{text if len(text) <= 80 else text[:79] + '…'}`"
