"""One element of a round trip: the words that are sent, and how the answer is read.

Verbs build commands and know no connection; transports carry them and know no verb.
"""

from __future__ import annotations

import os

from qctl.classes import dataclass
from qctl.later import cache

try:
    from _sha1 import sha1  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # a Python that was built without it: what hashlib has of OpenSSL takes two milliseconds to load
    from hashlib import sha1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final, Generic, TypeVar

    T_co = TypeVar("T_co", covariant=True)
    Word = bytes | str | int | float
else:

    class Generic:
        """What `typing` has, which takes longer to import than all that a command needs here."""

        __slots__ = ()

        def __class_getitem__(cls, _):
            return cls

    T_co = None

_FOLDER: Final = os.path.join(os.path.dirname(__file__), "lua")
_PIECE: Final = 1 << 14  #: bytes that are read at once; few pieces have more


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script with what it shares with others before it, and the SHA-1 by which the server knows it."""

    name: str
    text: bytes
    sha: bytes


_USES: Final = b"-- uses  "  #: before the pieces that a script or a piece stands on
_OPENS: Final = b"-- opens  "  #: before the pieces that stand before everything else


@cache
def script(name: str) -> Script:
    """Read `lua/NAME.lua` as it is sent to the server: after the pieces that it uses, and no others.

    The server runs all of a script's text at each call.
    """
    parts = dict.fromkeys((*_named_behind(_OPENS, name), *pieces_below(name), name))
    text = b"".join(map(_read, parts))
    # Redis names scripts by SHA-1; nothing is protected by it.
    return Script(name, text, sha1(text, usedforsecurity=False).hexdigest().encode())


@cache
def pieces_below(name: str) -> tuple[str, ...]:
    """The pieces that stand before a script or a piece: those that its label names, each after its own."""
    found = {} if name == "_prelude" else {"_prelude": None}
    for piece in _named_behind(_USES, name):
        found |= dict.fromkeys((*pieces_below(piece), piece))
    return tuple(found)


def _named_behind(label: bytes, name: str) -> list[str]:
    """What a script or a piece names in its line of this label."""
    return _read(name).partition(b"\n" + label)[2].partition(b"\n")[0].decode().split()


@cache
def _read(name: str) -> bytes:
    # Not importlib.resources: it takes longer to import than everything else here together. A submission reads some
    # twenty pieces; a file object would ask the system twice as much for each.
    opened = os.open(f"{_FOLDER}/{name}.lua", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(opened, _PIECE), b""))
    finally:
        os.close(opened)


def read_every_script() -> None:
    """Read all scripts now, for a process that lives for long.

    Later there may be those of another version in their place, or no descriptor left to read them with.
    """
    for entry in os.listdir(_FOLDER):
        if not entry.startswith("_"):
            script(entry.removesuffix(".lua"))


@dataclass(frozen=True, slots=True)
class Command(Generic[T_co]):
    """A command and the meaning of its answer. Every command here may be sent twice."""

    words: tuple[Word, ...]
    read: Callable[[Any], T_co]
    script: Script | None = None

    @property
    def key(self) -> str:
        """The key of a plain command, which is its second word; empty where there is none, or a script has many."""
        return str(self.words[1]) if self.script is None and len(self.words) > 1 else ""

    def with_source(self) -> Command[T_co]:
        """The same call, carrying the script's text: for a server that does not know its SHA yet."""
        if self.script is None:
            return self
        return Command(("EVAL", self.script.text, *self.words[2:]), self.read, self.script)


def with_sources(commands: Sequence[Command[Any]]) -> list[Command[Any]]:
    """The same calls for a server that knows none of their scripts: the first call of each carries its text."""
    told: set[bytes] = set()
    found = []
    for command in commands:
        sha = command.script.sha if command.script else b""
        found.append(command if sha in told else command.with_source())
        told.add(sha)
    return found


def script_call(
    script: Script, keys: tuple[str, ...], arguments: list[Word], read: Callable[[Any], T_co]
) -> Command[T_co]:
    """Build a call of a script."""
    return Command(("EVALSHA", script.sha, len(keys), *keys, *arguments), read, script)
