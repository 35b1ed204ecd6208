"""Which processes work for the server of a directory, where that cannot be asked: each holds a file of it open.

The kernel takes the mark away whatever ends a process, and no number in a file can come to mean another one.
"""

from __future__ import annotations

import contextlib
import os

from qctl.config.own_files import open_own
from qctl.errors import QctlError
from qctl.store.embedded.directory import state_directory, verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Final

ATTENDANCE: Final = "workers"


def sign_in(directory: Path | None = None) -> int | None:
    """Be seen as a worker of the server until the descriptor is closed. None: there is no room for that."""
    with contextlib.suppress(OSError, QctlError):
        return open_own((directory or state_directory()) / ATTENDANCE, os.O_RDWR)
    return None


def signed_in(directory: Path | None = None) -> list[int]:
    """The processes that have. Raises NotPermitted when the directory is not ours alone."""
    place = directory or state_directory()
    try:
        verify(place)
        sheet = (place / ATTENDANCE).stat(follow_symlinks=False)
    except FileNotFoundError:
        return []
    name = os.path.join("/", place.resolve().name, ATTENDANCE)
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _holds(pid, sheet, name)]


def _holds(pid: str, sheet: os.stat_result, name: str) -> bool:
    """Only what bears the name is looked at: any other file may lie on a server that does not answer any more."""
    folder = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):  # it is another user's, or gone
        for fd in os.listdir(folder):
            with contextlib.suppress(OSError):
                place = f"{folder}/{fd}"
                if os.readlink(place).endswith(name) and os.path.samestat(os.stat(place), sheet):
                    return True
    return False
