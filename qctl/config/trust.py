"""Whether root may run what stands in a file: not if somebody else could have written it (attack 41)."""

from __future__ import annotations

import os
import stat

from qctl.classes import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Distrust:
    """Why root must not run it, and what to do about it."""

    why: str  #: goes on after the file's name: `belongs to user 1000, and root would run it`
    command: str


def distrust(path: str, seen: os.stat_result, *, owners: Collection[int] = (0,)) -> Distrust | None:
    """Look at a file that was opened, or at a folder, and at those above it. None: it is safe, or we are not root.

    It may belong to one of `owners`, as may the folder that it lies in. Raises OSError.
    """
    if os.geteuid() != 0:
        return None
    if seen.st_uid not in owners:
        return Distrust(f"belongs to user {seen.st_uid}, and root would run what it says", f"chown root {path}")
    if _others_may_write(seen):
        return Distrust("can be written by others, and root would run what it says", f"chmod go-w {path}")
    return distrust_of_place(path, owners=owners)


def distrust_of_place(path: str, *, owners: Collection[int] = (0,)) -> Distrust | None:
    """Look at the folders that a file lies in, be it there or not yet. Raises OSError.

    The first must belong to one of `owners`: to whoever writes to it, any file of theirs is at hand, to be linked there
    in place of the one that was meant. Further up, whoever may write to a folder may put another in the place of one in
    it.
    """
    if os.geteuid() != 0:
        return None
    first, *above = _folders_above(path)
    seen = os.stat(first)
    if _others_may_write(seen) and not seen.st_mode & stat.S_ISVTX:
        return Distrust("lies in a folder that others can write to, and root would run it", f"chmod go-w {first}")
    if seen.st_uid not in owners:
        return Distrust(f"lies in a folder of user {seen.st_uid}, and root would run it", f"chown root {first}")
    for folder in above:
        mode = os.stat(folder).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return Distrust(f"lies below {folder}, which everybody can write to", f"chmod o-w {folder}")
    return None


def _folders_above(path: str) -> list[str]:
    """The folders of a path without symbolic links, the nearest first."""
    folder = os.path.dirname(os.path.realpath(path))
    found = [folder]
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        found.append(folder)
    return found


def _others_may_write(seen: os.stat_result) -> bool:
    return bool(seen.st_mode & stat.S_IWOTH or (seen.st_mode & stat.S_IWGRP and seen.st_gid != 0))
