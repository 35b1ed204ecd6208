"""Disks: of the embedded server's folder, and any other that somebody writes to."""

from __future__ import annotations

import os
from pathlib import Path

from qctl.client.server import state_directory
from qctl.errors import ConfigError
from qctl.model.finding import fail, ok, warn
from qctl.model.show import size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.finding import Finding

_FULL: Final = 64 * 1024 * 1024  #: bytes; with less a server that writes everything down soon stops
_SCARCE: Final = 1024 * 1024 * 1024
_SHARE: Final = 0.05


def judge_disk(name: str, where: Path, free: int, whole: int) -> Finding:
    """Whether there is room where somebody writes."""
    found = f"{size(free)} of {size(whole)} free at {where}"
    if free < min(_FULL, whole * _SHARE):
        return fail(name, f"{found}: full", f"df -h {where}")
    if free < min(_SCARCE, whole * _SHARE):
        return warn(name, f"{found}: nearly full", f"df -h {where}")
    return ok(name, found)


def look_at_disk() -> Finding:
    """The disk of the state directory, or of where it would be made."""
    try:
        where = state_directory()
    except ConfigError as error:  # somebody without a home
        return warn("disk", str(error), error.advice)
    if os.statvfs(_nearest(where)).f_flag & os.ST_RDONLY:
        return fail("disk", f"{where} is on a file system that is read-only", f"findmnt -T {where}")
    return judge_disk("disk", where, *room(where))


def room(path: Path) -> tuple[int, int]:
    """Free and whole bytes of the disk on which a path is, or would be."""
    seen = os.statvfs(_nearest(path))
    return seen.f_bavail * seen.f_frsize, seen.f_blocks * seen.f_frsize


def _nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next((each for each in (path, *path.parents) if _can_be_seen(each)), Path("/"))


def _can_be_seen(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True
