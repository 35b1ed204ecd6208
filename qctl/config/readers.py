"""Readers of single values: each takes what TOML gave and answers what the program works with, or raises Wrong."""

from __future__ import annotations

import re
import signal
from datetime import date, time
from functools import partial

from qctl.config.wrong import Wrong
from qctl.errors import ConfigError
from qctl.later import later
from qctl.model.address import SCHEMES, parse_address
from qctl.model.names import NAME_RULE, is_identifier, is_name
from qctl.model.suggest import closest
from qctl.model.task import EACH
from qctl.model.units import parse_duration, parse_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final
    from zoneinfo import ZoneInfo, available_timezones

    Reader = Callable[[Any], Any]
else:
    ZoneInfo, available_timezones = (later("zoneinfo", name) for name in ("ZoneInfo", "available_timezones"))


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(f"must be a text, not {_kind(value)}")
    if "\0" in value:
        raise Wrong("must not hold a NUL")
    return value


def filled(value: Any) -> str:
    if not text(value).strip():
        raise Wrong("must not be empty")
    return str(value)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_kind(value)}")
    return value


def whole(low: int, high: int = 1 << 31) -> Reader:
    """A reader of whole numbers within bounds."""
    return partial(read_whole, low, high)


def read_whole(low: int, high: int, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"must be a whole number, not {_kind(value)}")
    if not low <= value <= high:
        upper = f"to {high}" if high < 1 << 31 else "up"
        raise Wrong(f"must be a whole number from {low} {upper}, not {value}")
    return value


def number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(f"must be a number, not {_kind(value)}")
    return value


def duration(*, above_zero: bool = False, none: bool = False) -> Reader:
    """A reader of durations; `none`: the text `none` takes a limit away that [defaults] sets."""
    return partial(read_duration, above_zero, none)


def read_duration(above_zero: bool, none: bool, value: Any) -> float | None:
    if none and value == "none":
        return None
    try:
        seconds = parse_duration(value)
    except ValueError as error:
        raise Wrong(f"is wrong: {error}") from error
    if above_zero and seconds == 0:
        raise Wrong("must be longer than 0", note="`none` means no limit" if none else "")
    return seconds


def size(value: Any) -> int:
    try:
        return parse_size(value)
    except ValueError as error:
        raise Wrong(f"is wrong: {error}") from error


def name(value: Any) -> str:
    if not is_name(text(value)):
        raise Wrong(f"`{value}` is no name", note=NAME_RULE)
    return str(value)


def one_of(*words: str) -> Reader:
    return partial(read_word, words)


def read_word(words: tuple[str, ...], value: Any) -> str:
    if value not in words:
        meant = _word_meant(value, words) if isinstance(value, str) else None
        listed = ", ".join(f"`{word}`" for word in words)
        raise Wrong(f"must be one of {listed}", note=_did_you(meant), meant=meant or "")
    return str(value)


#: What other languages, and people, call the types of parameters.
_ALSO_CALLED = {"string": "str", "text": "str", "integer": "int", "number": "float", "boolean": "bool"}
_ALSO_CALLED |= {"array": "list", "object": "json", "dict": "json", "enum": "choice"}


def _word_meant(value: str, words: tuple[str, ...]) -> str | None:
    named = _ALSO_CALLED.get(value.lower())
    return named if named in words else closest(value, words)


def list_of(read_one: Reader, *, least: int = 0) -> Reader:
    return partial(read_list, read_one, least)


def read_list(read_one: Reader, least: int, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Wrong(f"must be a list, not {_kind(value)}")
    if len(value) < least:
        raise Wrong("must not be empty")
    elements = []
    for position, element in enumerate(value):
        try:
            elements.append(read_one(element))
        except Wrong as wrong:
            wrong.at = (position, *wrong.at)
            raise
    return tuple(elements)


def one_or_many(read_one: Reader) -> Reader:
    return partial(read_one_or_many, read_one)


def read_one_or_many(read_one: Reader, value: Any) -> tuple[Any, ...]:
    return read_list(read_one, 0, value) if isinstance(value, list) else (read_one(value),)


def hosts(value: Any) -> tuple[str, ...]:
    """Host names; `any` is none of them."""
    names: tuple[str, ...] = tuple(dict.fromkeys(one_or_many(name)(value)))
    if "any" in names and len(names) > 1:
        raise Wrong("`any` stands alone")
    if EACH in names:
        others = tuple(one for one in names if one != EACH)
        if not others:
            raise Wrong("`each` of which hosts?", note='write `host = ["each", "web1", "web2"]`')
        return (EACH, *others)
    return () if names == ("any",) else names


def command(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        raise Wrong("must be a list of words", note="a line of shell is `run`")
    words: tuple[str, ...] = list_of(text, least=1)(value)
    if not words[0]:
        raise Wrong("must begin with the name of a program", at=(0,))
    return words


CALL: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def callable_name(value: Any) -> str:
    if not CALL.fullmatch(text(value)):
        raise Wrong(f"`{value}` is no Python callable", note="write `package.module:function`")
    return str(value)


def signal_number(value: Any) -> int:
    """`TERM`, `SIGTERM` or 15."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value in {each.value for each in signal.Signals}:
            return value
        raise Wrong(f"{value} is no signal")
    word = text(value).upper().removeprefix("SIG")
    known = {each.name.removeprefix("SIG"): each.value for each in signal.Signals}
    if word not in known:
        meant = closest(word, known)
        raise Wrong(f"`{value}` is no signal", note=_did_you(meant), meant=meant or "")
    return known[word]


_ERROR_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def failure(value: Any) -> str:
    """A word of `retry_on`, in the form in which failures are named: `exit:75`, `signal:KILL`, `timeout`, a class."""
    word = text(value)
    family, colon, rest = word.partition(":")
    if family == "exit" and colon:
        if not rest.isascii() or not rest.isdecimal() or int(rest) > 255:
            raise Wrong(f"`{word}` names no exit code", note="write `exit:75`")
        return f"exit:{int(rest)}"
    if family == "signal" and colon:
        return f"signal:{signal.Signals(signal_number(rest)).name.removeprefix('SIG')}"
    if word != "timeout" and (not _ERROR_NAME.fullmatch(word) or (word.islower() and "." not in word)):
        meant = closest(word, ("timeout",))
        note = _did_you(meant) or "write `ConnectionError`, `exit:75`, `signal:KILL` or `timeout`"
        raise Wrong(f"`{word}` is no kind of failure", note=note, meant=meant or "")
    return word


RATE: Final = re.compile(r"[1-9]\d{0,8}/[smh]")


def rate(value: Any) -> str:
    if not RATE.fullmatch(text(value)):
        raise Wrong(f"`{value}` is no rate", note="write `10/s`, `100/m` or `500/h`")
    return str(value)


def environment(value: Any) -> Mapping[str, str]:
    """Variables; numbers and booleans become texts."""
    if not isinstance(value, dict):
        raise Wrong(f"must be a table, not {_kind(value)}", note='write `env = { NAME = "value" }`')
    variables = {}
    for key, each in value.items():
        if not is_identifier(key):
            raise Wrong(f"`{key}` is no name of a variable", at=(key,))
        if isinstance(each, bool):
            each = "true" if each else "false"
        elif isinstance(each, int | float):
            each = str(each)
        if not isinstance(each, str) or "\0" in each:
            raise Wrong(f"`{key}` must be a text without NUL", at=(key,))
        variables[key] = each
    return variables


def umask(value: Any) -> int:
    """`"027"` or 0o027. A plain 27 is refused: it would mean 033."""
    if isinstance(value, str) and re.fullmatch(r"0?o?[0-7]{1,3}", value):
        return int(value.replace("o", ""), 8)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0o777 or value in (22, 27, 77):
        raise Wrong("must be octal", note='write "022" or 0o022')
    return value


def shell(value: Any) -> str:
    if not text(value).startswith("/") or len(value.split()) != 1:
        raise Wrong(f"`{value}` is no shell", note="write a whole path, such as `/bin/bash`")
    return str(value)


def zone(value: Any) -> str:
    try:
        ZoneInfo(text(value))
    except (OSError, ValueError, KeyError) as error:
        meant = closest(text(value), available_timezones())
        note = _did_you(meant) or "write `Europe/Berlin` or `UTC`"
        raise Wrong(f"`{value}` is no time zone here", note=note, meant=meant or "") from error
    return str(value)


def redis_url(value: Any) -> str:
    scheme, sign, rest = filled(value).partition("://")
    if not sign or scheme not in SCHEMES or not rest:
        meant = closest(scheme, SCHEMES) if sign else None
        note = _did_you(meant) if meant and meant != scheme else "write `redis://host:6379/0` or `unix:///path/to.sock`"
        raise Wrong("is no Redis URL", note=note)
    try:
        parse_address(value)
    except ConfigError as error:
        raise Wrong(f"is a {error}") from None
    return str(value)


def retries(value: Any) -> int | None:
    """A number; None, which only Python code can write, means no limit."""
    return None if value is None else int(whole(0, 1_000_000)(value))


def anything(value: Any) -> Any:
    return value


def _kind(value: Any) -> str:
    words = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    from_python = "None" if value is None else f"{type(value).__name__} {value!r:.40}"
    return words.get(type(value), "a date" if isinstance(value, date | time) else from_python)


def _did_you(meant: str | None) -> str:
    return f"did you mean `{meant}`?" if meant else ""
