"""Files read, made and swapped in one step, through no symbolic link: a path that is bent meanwhile leads nowhere.

Root does this in folders of other people too: each is opened once, and what follows happens in that very folder.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from qctl.classes import dataclass
from qctl.config.source import MAX_FILE_BYTES
from qctl.config.stamps import signs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

_STEP: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HERE: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class ChangedMeanwhile(OSError):
    """Somebody has written to a file since it was read."""

    def __init__(self) -> None:
        super().__init__(errno.EBUSY, "somebody has written to it meanwhile")


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was read. `real` is its whole path, without a symbolic link in it."""

    real: str
    data: bytes
    signs: tuple[int, ...]  #: as `Stamp` has them


def read_original(real: str) -> Original:
    """Read a regular file of at most 4 MB. Raises OSError for any other, too."""
    folder, name = os.path.split(real)
    with _opened(folder) as number:
        return _read(number, name, real)


def swap(real: str, signs: tuple[int, ...], data: bytes, *, backup: str | None = None) -> str | None:
    """Let a file hold other data from one moment to the next; its mode and owner stay. `signs`: when it was read.

    `backup`: keep what it held beside it, under this name or one with a number behind it; answers that file's path.
    Raises ChangedMeanwhile, and OSError where it must not be written or its owner cannot be kept.
    """
    folder, name = os.path.split(real)
    with _alone_in(folder) as number:
        kept = None
        now = os.stat(name, dir_fd=number, follow_symlinks=False)
        if backup is not None:
            kept = _keep(number, backup, _read(number, name, real).data, now)
        made = _temporary(number, data, now)
        try:
            if signs_of(os.stat(name, dir_fd=number, follow_symlinks=False)) != signs:
                raise ChangedMeanwhile
            os.replace(made, name, src_dir_fd=number, dst_dir_fd=number)
        except BaseException:
            for left in (made, kept) if kept else (made,):
                with suppress(OSError):
                    os.unlink(left, dir_fd=number)
            raise
    return os.path.join(folder, kept) if kept else None


def create(real: str, data: bytes, mode: int) -> None:
    """Make a file, whole or not at all. Raises FileExistsError rather than to take a file's place, and OSError."""
    folder, name = os.path.split(real)
    with _alone_in(folder) as number:
        made = _temporary(number, data, mode)
        try:
            os.link(made, name, src_dir_fd=number, dst_dir_fd=number)
        finally:
            os.unlink(made, dir_fd=number)


def _read(folder: int, name: str, real: str) -> Original:
    with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
        seen = os.fstat(file.fileno())
        if not stat.S_ISREG(seen.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, "it is larger than 4 MB")
    return Original(real, data, signs_of(seen))


def _keep(folder: int, backup: str, data: bytes, now: os.stat_result) -> str:
    made = _temporary(folder, data, now)
    try:
        for number in count(1):
            kept = backup if number == 1 else f"{backup}-{number}"
            with suppress(FileExistsError):
                os.link(made, kept, src_dir_fd=folder, dst_dir_fd=folder)
                break
    finally:
        os.unlink(made, dir_fd=folder)
    return kept


def _temporary(folder: int, data: bytes, like: os.stat_result | int) -> str:
    """A file with this data, and the mode, or owner and mode, of another. Nobody else reads it before that."""
    # A name that begins with a dot is matched by no pattern of `include`, and no cron reads it.
    number, path = tempfile.mkstemp(prefix=".qctl-", dir=f"/proc/self/fd/{folder}")
    name = os.path.basename(path)
    try:
        with os.fdopen(number, "wb") as file:
            if isinstance(like, os.stat_result):
                _give(number, like)
            os.fchmod(number, stat.S_IMODE(like if isinstance(like, int) else like.st_mode))
            file.write(data)
            file.flush()
            os.fsync(number)
    except BaseException:
        os.unlink(name, dir_fd=folder)
        raise
    return name


def _give(number: int, old: os.stat_result) -> None:
    """Give a new file the owner of the old one."""
    new = os.fstat(number)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(number, old.st_uid, old.st_gid)
        except PermissionError:
            said = f"it belongs to {old.st_uid}:{old.st_gid}, and a copy of yours would not"
            raise PermissionError(errno.EPERM, said) from None


@contextmanager
def _alone_in(folder: str) -> Iterator[int]:
    """Keep other changes by qctl out of a folder, and make what was done in it last."""
    with _opened(folder) as number:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield number
        os.fsync(number)


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """Open an absolute path step by step, through no symbolic link."""
    at = os.open("/", _STEP)
    try:
        for name in Path(folder).parts[1:]:
            below = os.open(name, _STEP, dir_fd=at)
            os.close(at)
            at = below
        number = os.open(".", _HERE, dir_fd=at)
    finally:
        os.close(at)
    try:
        yield number
    finally:
        os.close(number)
