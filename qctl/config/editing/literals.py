"""Single lines of TOML as tomlkit reads them."""

from __future__ import annotations

import tomlkit
from tomlkit.items import Item, Key

Entry = tuple[Key | None, Item]  #: of a table: a key with its value, or blanks and comments


def line(key: str, value: str, newline: str = "\n", indent: str = "") -> Entry:
    """`key = value` as an entry of a table, with its line break."""
    entry: Entry = tomlkit.parse(f"{indent}{key} = {value}{newline}").body[0]
    return entry


def item(value: str) -> Item:
    """The item that a value's text stands for."""
    return line("x", value)[1]
