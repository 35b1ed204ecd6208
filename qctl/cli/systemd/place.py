"""The file of the unit: where it is, whose it is, and how it is written and removed.

A file that qctl has written begins with a line that says so and carries a digest of the rest. Without that line it is
somebody else's and is left alone; with another digest somebody has edited it since.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from enum import Enum
from pathlib import Path

from qctl.cli.systemd.unit import NAME
from qctl.config.home import needed_home
from qctl.config.own_files import make_folders
from qctl.errors import NotPermitted
from qctl.hashes import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_MARK: Final = (
    "# Written by `qctl install systemd`, which writes it anew. Changes of yours: systemctl edit qctl. Digest: "
)
_FIRST: Final = re.compile(re.escape(_MARK) + r"([0-9a-f]{16})\n")
_SYSTEM: Final = "etc/systemd/system"


class State(Enum):
    """What stands where the unit goes."""

    ABSENT = "absent"
    SAME = "same"  #: the very text
    OURS = "ours"  #: another text of ours
    EDITED = "edited"  #: ours, and changed by hand since
    FOREIGN = "foreign"


def unit_path(environ: Mapping[str, str], *, for_user: bool, root: str | None) -> Path:
    """Where the unit goes: of this user, of this machine, or of the machine whose files are below `root`.

    Raises ConfigError for a user without a home.
    """
    if for_user:
        own = environ.get("XDG_CONFIG_HOME", "")
        own = own if own.startswith("/") else os.path.join(needed_home(environ, "XDG_CONFIG_HOME"), ".config")
        return Path(own, "systemd/user", NAME)
    return Path(root or "/", _SYSTEM, NAME)


def marked(text: str) -> str:
    """The text with the line that says whose it is."""
    return f"{_MARK}{_digest(text)}\n{text}"


def state(path: Path, text: str) -> State:
    """What stands there, beside the text that is to stand there. Raises NotPermitted if it cannot be read."""
    try:
        there = path.read_text(errors="surrogateescape")
    except FileNotFoundError:
        return State.FOREIGN if path.is_symlink() else State.ABSENT  # `systemctl mask` makes a link to /dev/null
    except OSError as error:
        raise NotPermitted(f"cannot read {path}: {error.strerror}") from None
    first = _FIRST.match(there)
    if first is None or path.is_symlink():
        return State.FOREIGN
    if first[1] != _digest(there[first.end() :]):
        return State.EDITED
    return State.SAME if there == text else State.OURS


def write(path: Path, text: str) -> None:
    """Put the text there, whole or not at all, to be read by all. Raises NotPermitted."""
    try:
        make_folders(path.parent, 0o755)
        descriptor, new = tempfile.mkstemp(prefix=f".{NAME}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
                os.fchmod(descriptor, 0o644)
                file.flush()
                os.fsync(descriptor)
            os.replace(new, path)
        except BaseException:
            os.unlink(new)
            raise
    except OSError as error:
        raise NotPermitted(f"cannot write {path}: {error.strerror}") from None


def set_aside(path: Path) -> Path:
    """Keep what somebody has edited beside it, under a name that systemd passes over. Raises NotPermitted."""
    kept = path.with_name(f"{path.name}.edited")
    try:
        shutil.copy2(path, kept)
    except OSError as error:
        raise NotPermitted(f"cannot copy {path}: {error.strerror}") from None
    return kept


def remove(path: Path) -> None:
    """Take the unit away, and the links that start it. Raises NotPermitted."""
    try:
        for folder in path.parent.glob("*.wants"):
            link = folder / path.name
            if link.is_symlink():
                link.unlink()
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotPermitted(f"cannot remove {path}: {error.strerror}") from None


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
