"""One element of a round trip: the words that are sent, and how the answer is read.

Verbs build commands and know no connection; transports carry them and know no verb.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)
Word = bytes | str | int | float
_FOLDER: Final = os.path.join(os.path.dirname(__file__), "lua")


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script with what all scripts share before it, and the SHA-1 by which the server knows it."""

    name: str
    text: bytes
    sha: bytes


#: What stands before every script, in this order.
SHARED: Final = ("_prelude", "_ending", "_limits", "_notices", "_settling", "_cancelling", "_workflows")
_SCHEDULING: Final = ("_scheduling",)
#: What stands before some scripts besides: the server runs all of a script's text at each call, so the rest do without.
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("submit", "upload", "extend", "replace"), ("_submitting",)),
    "tell": ("_submitting",),
    **dict.fromkeys(("claim", "release"), ("_missing",)),
    "fire": ("_scheduling", "_submitting"),
    **dict.fromkeys(("pulse", "leave", "publish", "withdraw", "disable", "enable", "rewind", "schedules"), _SCHEDULING),
}


@cache
def script(name: str) -> Script:
    """Read `lua/NAME.lua` as it is sent to the server."""
    text = b"".join(_read(part) for part in (*SHARED, *_MORE.get(name, ()), name))
    # Redis names scripts by SHA-1; nothing is protected by it.
    return Script(name, text, hashlib.sha1(text, usedforsecurity=False).hexdigest().encode())


def _read(name: str) -> bytes:
    # Not importlib.resources: it takes longer to import than everything else here together.
    with open(os.path.join(_FOLDER, f"{name}.lua"), "rb") as file:
        return file.read()


@dataclass(frozen=True, slots=True)
class Command(Generic[T_co]):
    """A command and the meaning of its answer. Every command here may be sent twice."""

    words: tuple[Word, ...]
    read: Callable[[Any], T_co]
    script: Script | None = None

    def with_source(self) -> Command[T_co]:
        """The same call, carrying the script's text: for a server that does not know its SHA yet."""
        if self.script is None:
            return self
        return Command(("EVAL", self.script.text, *self.words[2:]), self.read, self.script)


def script_call(
    script: Script, keys: tuple[str, ...], arguments: list[Word], read: Callable[[Any], T_co]
) -> Command[T_co]:
    """Build a call of a script."""
    return Command(("EVALSHA", script.sha, len(keys), *keys, *arguments), read, script)
