"""Where an import is written: a file that tasks.toml includes, or the first tasks.toml itself. Never over one."""

from __future__ import annotations

import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from qctl.classes import dataclass
from qctl.config.editing import open_file
from qctl.config.editing.swap import create
from qctl.config.own_files import make_folders
from qctl.config.places import NAME
from qctl.config.source import must_lie_safely, read, read_text
from qctl.config.template import CannotWrite
from qctl.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Final

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


def write_place(place: Place, text: str, *, private: bool = True) -> bool:
    """Write the file, whole or not at all, and let it be included. Answers whether there was anything to write.

    `private`: nobody else may read it; otherwise whoever may read the file that includes it.
    Raises Refused if another text stands there or `include` cannot be added to, BadFile where root must not trust
    what would be written, CannotWrite and CannotEdit.
    """
    must_be_safe(place)
    path = Path(place.path)
    fresh = not _stands_there(place, text)
    if fresh:
        _create(path, text, _PRIVATE if private else _mode(place.includer))
    if place.includer is None or place.included:
        return fresh
    try:
        _include(place.includer)
    except BaseException:
        if fresh:
            path.unlink()
        raise
    return True


def must_be_safe(place: Place) -> None:
    """Raises BadFile if root would refuse to read what is written there, for its folder is not root's alone."""
    folder = os.path.dirname(place.path)
    if os.path.isdir(folder):  # if not, it is made in that of the includer, which was read
        must_lie_safely(place.path)


def standing(place: Place) -> str | None:
    """The text that is there already. Raises BadFile if it cannot be read, or must not be trusted."""
    return read_text(place.path) if os.path.lexists(place.path) else None


def _stands_there(place: Place, text: str) -> bool:
    """Whether the very text is there already. Raises Refused for any other, and BadFile."""
    there, path = standing(place), place.path
    if there is not None and there != text:
        raise Refused(f"{path} exists, and is not overwritten", help=f"mv {path} {path}.old        then import again")
    return there is not None


def _mode(includer: str | None) -> int:
    """As the file that includes it may be read."""
    return stat.S_IMODE(os.stat(includer).st_mode) & 0o644 | _PRIVATE if includer else _PRIVATE


def _create(path: Path, text: str, mode: int) -> None:
    try:
        make_folders(path.parent, 0o755)
        create(os.path.join(os.path.realpath(path.parent), path.name), text.encode(), mode)
    except FileExistsError as error:
        raise Refused(f"{path} exists, and is not overwritten") from error
    except OSError as error:
        raise CannotWrite(path=path, reason=error.strerror) from error


def _include(includer: str) -> None:
    """Add the pattern to `include`. Comments and layout stay (with tomlkit)."""
    file = open_file(includer)
    try:
        document: Any = tomlkit.parse(file.text)
        settings = document.setdefault("qctl", tomlkit.table())
        patterns = settings.setdefault("include", tomlkit.array())
        patterns.append(PATTERN)
        changed = tomlkit.dumps(document)
    except (TOMLKitError, AttributeError, TypeError, ValueError) as error:
        said = f"cannot add to `include` of {file.real}"
        raise Refused(said, help=f'write into [qctl] of it: include = ["{PATTERN}"]') from error
    file.swap(changed)
