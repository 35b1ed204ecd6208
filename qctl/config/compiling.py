"""Keeping a configuration as it was read, for the next command: nothing waits for it, and nothing fails by it."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from glob import has_magic

from qctl.classes import fields
from qctl.config import cache
from qctl.config.compiled import KIND, LAZY, MAX_BYTES, origin
from qctl.config.compiled_values import NotPlain, write
from qctl.config.deciding import deciding, patterns
from qctl.config.loading import load
from qctl.config.offering import remember
from qctl.config.values import Config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Final

    from qctl.config.stamps import Stamp

#: Of a file that was written to just now one cannot say that it was not written to since: clocks of files are coarse.
_SETTLED_NS: Final = 2_000_000_000
_APART: Final = ("stamps", *LAZY)


def load_and_keep(path: str, environ: Mapping[str, str]) -> Config:
    """Load a configuration and keep it, with what completion offers of it. Raises BadFile as `load` does."""
    config = load(path)
    remember(config, environ)
    with suppress(OSError, NotPlain, RecursionError):  # then it is read anew each time
        keep(config, environ, time.time_ns())
    return config


def keep(config: Config, environ: Mapping[str, str], now_ns: int) -> None:
    """Keep a configuration, if a process that finds the same stamps would read the same.

    `now_ns` is the time at which its files have been read, or later. Raises OSError, NotPlain and RecursionError.
    """
    decide = deciding(config)
    if config.problems or not environ.get("HOME") or not _can_be_trusted(config, decide, now_ns):
        return
    said = {one.name: write(getattr(config, one.name)) for one in fields(Config) if one.name not in _APART}
    lazy = {name: _forms(getattr(config, name)) for name in LAZY}
    stamps = [(stamp.path, stamp.signs if stamp in decide else None) for stamp in config.stamps]
    data = json.dumps([origin(config.file), stamps, said, lazy]).encode()
    if len(data) <= MAX_BYTES:
        cache.save(cache.cache_file(KIND, config.file, environ), data)


def _forms(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: json.dumps(write(value)) for name, value in values.items()}


def _can_be_trusted(config: Config, stamps: list[Stamp], now_ns: int) -> bool:
    """Whether the stamps tell of every change: none is young, and nothing else decides."""
    if any(max(stamp.signs[-2:], default=0) > now_ns - _SETTLED_NS for stamp in stamps):
        return False
    documents = config.documents
    if any(has_magic(os.path.dirname(whole)) for path in documents for whole in patterns(path, documents[path])):
        return False  # a folder between two that are stamped may get another that fits
    return not any(map(_names_a_home, documents.values()))


def _names_a_home(value: Any) -> bool:
    """Whether a text in it may be a path in the home of a user of that name, which the machine's list of users has."""
    if isinstance(value, str):
        return value.startswith("~") and value.partition("/")[0] != "~"
    if isinstance(value, dict):
        return any(map(_names_a_home, value.values()))
    return isinstance(value, list) and any(map(_names_a_home, value))
