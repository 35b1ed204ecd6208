"""Files and folders as they were at one moment: by this an edit is noticed, and what was made of a file is trusted."""

from __future__ import annotations

import os

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file or folder as it was at one moment: two equal stamps mean that nobody has written to it."""

    path: str
    signs: tuple[int, ...]  #: device, inode, size, mtime and ctime in ns; empty: not there

    @classmethod
    def of(cls, path: str) -> Self:
        """Look at a path now, through symbolic links."""
        return cls(path, signs_at(path))


def signs_at(path: str) -> tuple[int, ...]:
    """The signs of what is at a path now, through symbolic links; empty: nothing."""
    try:
        return signs_of(os.stat(path))
    except OSError:
        return ()


def signs_of(seen: os.stat_result) -> tuple[int, ...]:
    """What differs once somebody has written to a file, put another in its place, or given it to another."""
    return (seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
