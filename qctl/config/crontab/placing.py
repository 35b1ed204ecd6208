"""Where an import is written: a file that tasks.toml includes, or the first tasks.toml itself. Never over one."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from qctl.config.find import NAME
from qctl.config.source import read
from qctl.config.template import CannotWrite
from qctl.errors import Refused

FOLDER: Final = "tasks.d"
PATTERN: Final = f"{FOLDER}/crontab-*.toml"
_PRIVATE: Final = 0o600  #: as crontabs are


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The file to be written, and the one that is to include it."""

    path: str
    includer: str | None = None  #: None: the file is the first tasks.toml
    included: bool = False  #: does the includer name it already


def place_of(includer: str | None, folder: str, stem: str, heading: str) -> Place:
    """Where the crontab called `stem` goes, beside the tasks.toml there is or in the folder. Raises BadFile.

    A tasks.toml that begins with `heading` is what an import of it has written before.
    """
    if includer is None:
        return Place(path=os.path.join(folder, NAME))
    if read(includer).text.startswith(heading):
        return Place(path=includer)
    path = os.path.join(os.path.dirname(includer), FOLDER, f"crontab-{stem}.toml")
    settings = read(includer).document.get("qctl", {})
    patterns = settings.get("include", []) if isinstance(settings, dict) else []
    named = _names(patterns if isinstance(patterns, list) else [], includer, path)
    return Place(path=path, includer=includer, included=named)


def _names(patterns: Iterable[Any], includer: str, path: str) -> bool:
    folder = os.path.dirname(includer)
    whole = (os.path.normpath(os.path.join(folder, os.path.expanduser(str(each)))) for each in patterns)
    return any(_matches(path.split(os.sep), each.split(os.sep)) for each in whole)


def _matches(path: list[str], pattern: list[str]) -> bool:
    """As glob(3) does: a `*` stays within its folder, `**` are any folders."""
    if not pattern or not path:
        return pattern == path
    if pattern[0] == "**":
        return _matches(path, pattern[1:]) or _matches(path[1:], pattern)
    return fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def write_place(place: Place, text: str) -> bool:
    """Write the file, whole or not at all, and let it be included. Answers whether there was anything to write.

    Raises Refused if another text stands there or `include` cannot be added to, and CannotWrite.
    """
    path = Path(place.path)
    fresh = not _stands_there(path, text)
    if fresh:
        _create(path, text, _mode(place.includer))
    if place.includer is None or place.included:
        return fresh
    try:
        _include(Path(place.includer))
    except BaseException:
        if fresh:
            path.unlink()
        raise
    return True


def standing(place: Place) -> str | None:
    """The text that is there already. Raises CannotWrite if it cannot be read."""
    try:
        return Path(place.path).read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CannotWrite(path=place.path, reason=error.strerror) from error


def _stands_there(path: Path, text: str) -> bool:
    """Whether the very text is there already. Raises Refused for any other, and CannotWrite if it cannot be read."""
    there = standing(Place(path=str(path)))
    if there is not None and there != text:
        raise Refused(f"{path} exists, and is not overwritten", help=f"mv {path} {path}.old        then import again")
    return there is not None


def _mode(includer: str | None) -> int:
    """As the file that includes it may be read."""
    return stat.S_IMODE(os.stat(includer).st_mode) & 0o644 | _PRIVATE if includer else _PRIVATE


def _create(path: Path, text: str, mode: int) -> None:
    try:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        made = _temporary(path, text.encode(), mode)
        try:
            os.link(made, path)  # unlike a rename it never takes the place of a file
        finally:
            made.unlink()
    except FileExistsError as error:
        raise Refused(f"{path} exists, and is not overwritten") from error
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error


def _include(includer: Path) -> None:
    """Add the pattern to `include`. Comments and layout stay (with tomlkit)."""
    path = Path(os.path.realpath(includer))
    refused = Refused(f"cannot add to `include` of {path}", help=f'write into [qctl] of it: include = ["{PATTERN}"]')
    try:
        there = path.read_text(encoding="utf-8")
        document: Any = tomlkit.parse(there)
        settings = document.setdefault("qctl", tomlkit.table())
        patterns = settings.setdefault("include", tomlkit.array())
        patterns.append(PATTERN)
        _replace(path, tomlkit.dumps(document).encode())
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error
    except (TOMLKitError, AttributeError, TypeError, ValueError) as error:
        raise refused from error


def _replace(path: Path, data: bytes) -> None:
    found = path.stat()
    made = _temporary(path, data, stat.S_IMODE(found.st_mode))
    try:
        os.chown(made, found.st_uid, found.st_gid)
        os.replace(made, path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _temporary(path: Path, data: bytes, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(descriptor, mode)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)
