"""What completion offers of a tasks.toml: rows in a file of this user's cache, read in less than a millisecond.

The file opens with what it was made of: the version of qctl and every file that was read, as it was then. Below stand
rows, `KIND VALUE ABOUT` with tabs between. To import
`json` alone would take longer than all that is done here, so nothing is imported but `os`.
"""

from __future__ import annotations

import os

from qctl import __version__
from qctl.config import cache
from qctl.config.places import above, elsewhere, named, owner_of_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

OPENING: Final = f"qctl offers 2 {__version__}\n"
TOLD: Final = "# told by workers\n"  #: above the rows of tasks that no file declares
MAX_BYTES: Final = 4 * 1024 * 1024


def file_at_hand(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The tasks.toml that a command would read; None if there is none, or one that it would refuse to."""
    said = named(given, environ, folder)
    if said is not None:
        return None if said == os.devnull else said
    for path in above(folder):
        if os.path.lexists(path):
            return path if owner_of_others(path) is None else None
    return next((path for path in elsewhere(environ) if os.path.lexists(path)), None)


def cache_file(path: str, environ: Mapping[str, str]) -> str:
    """Where the rows of a tasks.toml are kept, in a folder that holds nothing else. Raises FileNotFoundError."""
    return cache.cache_file("offers", path, environ)


def signs(path: str) -> str:
    """What differs once somebody has written to a file, or put another in its place; `-`: it is not there."""
    try:
        seen = os.stat(path)
    except OSError:
        return "-"
    return f"{seen.st_dev} {seen.st_ino} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns}"


def head(path: str, stamps: Iterable[tuple[str, str]]) -> str:
    """How a file of rows opens: whose they are, and what each file that was read was like."""
    return OPENING + "".join(f"{name}\t{signs}\n" for name, signs in ((path, ""), *stamps)) + "\n"


def kept(path: str, environ: Mapping[str, str]) -> str:
    """The file of rows of a tasks.toml, as it is; empty if there is none that this qctl may trust."""
    try:
        text = cache.kept(cache_file(path, environ), MAX_BYTES).decode()
    except (OSError, ValueError):
        return ""
    return text if text.startswith(f"{OPENING}{path}\t\n") else ""


def is_current(text: str) -> bool:
    """Whether every file that the rows were made of is as it was then."""
    lines = text.partition("\n\n")[0].split("\n")[2:]
    return bool(lines) and all(signs(name) == then for name, _, then in (line.partition("\t") for line in lines))


def rows(text: str, kind: str) -> Iterator[tuple[str, str]]:
    """Values of a kind, each with what is said of it."""
    begin = f"{kind}\t"
    for line in text.partition("\n\n")[2].split("\n"):
        if line.startswith(begin):
            value, _, about = line[len(begin) :].partition("\t")
            yield value, about


def save(path: str, environ: Mapping[str, str], text: str) -> None:
    """Keep a file of rows, whole or not at all. Raises OSError."""
    cache.save(cache_file(path, environ), text.encode())
