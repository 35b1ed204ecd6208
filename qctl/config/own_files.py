"""Folders and files of this user, that are his alone from their first moment, whatever the umask is."""

from __future__ import annotations

import errno
import os
import stat

from qctl.errors import NotPermitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def make_folders(folder: Path, mode: int = 0o700) -> None:
    """Make a folder where it is missing, and those above it. Raises OSError.

    `Path.mkdir(parents=True)` leaves the mode of those above to the umask: with one of 0 anybody could write to them.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folders(folder.parent, mode)
    try:
        folder.mkdir(mode)
    except FileExistsError:
        if not folder.is_dir():
            raise


def open_own(path: Path, flags: int) -> int:
    """Open or make a file that nobody else may read, and return its descriptor. Raises OSError.

    Raises NotPermitted for anything but a plain file of ours under one name: a link could lead us to write elsewhere
    (attack 40).
    """
    try:
        opened = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotPermitted(f"{path} is a link, which qctl never makes there", help=f"ls -l {path}") from None
        if error.errno == errno.ENXIO:
            raise NotPermitted(f"{path} is not a plain file of our own", help=f"ls -l {path}") from None
        raise
    found = os.fstat(opened)
    if stat.S_ISREG(found.st_mode) and found.st_nlink <= 1 and found.st_uid == os.geteuid():
        os.set_blocking(opened, True)
        return opened
    os.close(opened)
    raise NotPermitted(f"{path} is not a plain file of our own", help=f"ls -l {path}")
