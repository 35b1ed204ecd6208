"""Values as TOML is written, and single lines of it as tomlkit reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Any, Final

import tomlkit
from tomlkit.items import Item, Key

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")

Entry = tuple[Key | None, Item]  #: of a table: a key with its value, or blanks and comments


def literal(value: Any) -> str:
    """A value on one line; tables become inline tables."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_text(key)} = {literal(each)}" for key, each in value.items()) + " }"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(literal, value)) + "]"
    return str(tomlkit.item(value).as_string())


def key_text(key: str) -> str:
    """A key, quoted where it has to be."""
    return key if _BARE.fullmatch(key) else str(tomlkit.item(key).as_string())


def line(key: str, value: str, newline: str = "\n", indent: str = "") -> Entry:
    """`key = value` as an entry of a table, with its line break."""
    entry: Entry = tomlkit.parse(f"{indent}{key} = {value}{newline}").body[0]
    return entry


def item(value: str) -> Item:
    """The item that a value's text stands for."""
    return line("x", value)[1]
