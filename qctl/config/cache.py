"""Files of this user's cache, which nobody else may write to: what is read there may be trusted as what made it.

Completion reads one at each Tab, so nothing is imported here but `os`.
"""

from __future__ import annotations

import os
import stat

from qctl.config.places import home_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_MOST_FILES: Final = 100  #: kept in a folder of the cache; the oldest go
_MOST_NAME: Final = 200  #: bytes of a file's name; what it is of stands in it


def cache_folder(environ: Mapping[str, str]) -> str:
    """`$XDG_CACHE_HOME/qctl`, else `~/.cache/qctl`; nothing is created. Raises FileNotFoundError without a home."""
    chosen = environ.get("XDG_CACHE_HOME", "")
    if not chosen.startswith("/"):
        home = home_of(environ)
        if not home:
            raise FileNotFoundError("no home")
        chosen = f"{home}/.cache"
    return os.path.join(chosen, "qctl")


def cache_file(kind: str, path: str, environ: Mapping[str, str]) -> str:
    """Where something of a kind is kept of a tasks.toml, in a folder of its own. Raises FileNotFoundError."""
    name = os.fsdecode(os.fsencode(path.replace("/", "%"))[-_MOST_NAME:])
    return os.path.join(cache_folder(environ), kind, name)


def kept(target: str, most: int) -> bytes:
    """What is kept in a file, at most so many bytes; nothing if it or its folder is not ours alone. Raises OSError."""
    folder = os.lstat(os.path.dirname(target))
    if not (stat.S_ISDIR(folder.st_mode) and _is_ours_alone(folder)):
        return b""
    opened = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        seen = os.fstat(opened)
        if not (stat.S_ISREG(seen.st_mode) and _is_ours_alone(seen)) or seen.st_size > most:
            return b""
        return os.read(opened, seen.st_size)
    finally:
        os.close(opened)


def save(target: str, data: bytes) -> None:
    """Keep a file, whole or not at all. Raises OSError."""
    folder = os.path.dirname(target)
    _make(folder)
    new = f"{folder}/.new-{os.getpid()}"
    opened = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(opened, "wb") as file:
            file.write(data)
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
