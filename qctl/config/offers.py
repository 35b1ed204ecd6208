"""What completion offers of a tasks.toml: rows in a file of this user's cache, read in less than a millisecond.

The file opens with what it was made of: the version of qctl and every file that was read, as it was then. Below stand
rows, `KIND VALUE ABOUT` with tabs between. To import
`json` alone would take longer than all that is done here, so nothing is imported but `os`.
"""

from __future__ import annotations

import os
import stat

from qctl import __version__
from qctl.config.places import above, elsewhere, home_of, named, owner_of_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Final

OPENING: Final = f"qctl offers 2 {__version__}\n"
TOLD: Final = "# told by workers\n"  #: above the rows of tasks that no file declares
MAX_BYTES: Final = 4 * 1024 * 1024
_MOST_FILES: Final = 100  #: kept in the cache; the oldest go
_MOST_NAME: Final = 200  #: bytes of a file's name; what it is of stands in it


def file_at_hand(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The tasks.toml that a command would read; None if there is none, or one that it would refuse to."""
    said = named(given, environ, folder)
    if said is not None:
        return None if said == os.devnull else said
    for path in above(folder):
        if os.path.lexists(path):
            return path if owner_of_others(path) is None else None
    return next((path for path in elsewhere(environ) if os.path.lexists(path)), None)


def cache_folder(environ: Mapping[str, str]) -> str:
    """`$XDG_CACHE_HOME/qctl`, else `~/.cache/qctl`; nothing is created. Raises FileNotFoundError without a home."""
    chosen = environ.get("XDG_CACHE_HOME", "")
    if not chosen.startswith("/"):
        home = home_of(environ)
        if not home:
            raise FileNotFoundError("no home")
        chosen = f"{home}/.cache"
    return os.path.join(chosen, "qctl")


def cache_file(path: str, environ: Mapping[str, str]) -> str:
    """Where the rows of a tasks.toml are kept, in a folder that holds nothing else. Raises FileNotFoundError."""
    name = os.fsdecode(os.fsencode(path.replace("/", "%"))[-_MOST_NAME:])
    return os.path.join(cache_folder(environ), "offers", name)


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
        target = cache_file(path, environ)
        folder = os.lstat(os.path.dirname(target))
        if not (stat.S_ISDIR(folder.st_mode) and _is_ours_alone(folder)):
            return ""
        opened = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(opened, "rb") as file:
            seen = os.fstat(opened)
            if not (stat.S_ISREG(seen.st_mode) and _is_ours_alone(seen)):
                return ""
            text = file.read(MAX_BYTES).decode()
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
    target = cache_file(path, environ)
    folder = os.path.dirname(target)
    _make(folder)
    new = f"{folder}/.new-{os.getpid()}"
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(opened, "wb") as file:
            file.write(text.encode())
        os.replace(new, target)
    except BaseException:
        os.unlink(new)
        raise
    _tidy(folder)


def _make(folder: str) -> None:
    """Make the folder, in a home that is ours: under sudo it may be another's, who could not write there then."""
    qctls = os.path.dirname(folder)
    for missing in (os.path.dirname(qctls), qctls, folder):
        if not os.path.isdir(missing):
            if os.stat(os.path.dirname(missing)).st_uid != os.geteuid():
                raise PermissionError(missing)
            os.mkdir(missing, 0o700)
    if not _is_ours_alone(os.lstat(folder)):
        raise PermissionError(folder)


def _tidy(folder: str) -> None:
    found = [entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    if len(found) > _MOST_FILES:
        found.sort(key=lambda entry: entry.stat(follow_symlinks=False).st_mtime_ns)
        for entry in found[:-_MOST_FILES]:
            os.unlink(entry.path)


def _is_ours_alone(seen: os.stat_result) -> bool:
    return seen.st_uid == os.geteuid() and not seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
