"""Paths below the root of an image: links in it lead where they would if it were running, and never out of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_MOST: Final = 40  #: links on one way, as of the kernel


def inside(root: Path, path: str) -> Path:
    """What a path of the machine below `root` is, be it there or not, without a symbolic link in it.

    Raises OSError for links that lead in a circle.
    """
    top = Path(os.path.realpath(root))
    at, ahead, links = top, _parts(path), 0
    while ahead:
        name = ahead.pop()
        if name == "..":
            at = at.parent if at != top else top
            continue
        try:
            target = os.readlink(at / name)
        except OSError:
            at /= name
            continue
        links += 1
        if links > _MOST:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if target.startswith("/"):
            at = top
        ahead += _parts(target)
    return at


def _parts(path: str) -> list[str]:
    """The names of a path, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]
