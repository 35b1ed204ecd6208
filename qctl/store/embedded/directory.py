"""The directory of the embedded server: where it is, and that nobody but its owner can get into it.

The directory's mode is the only lock on the server's door, so it is checked each time before anything in it is trusted.
"""

from __future__ import annotations

import errno
import os
import stat

from qctl.config.places import state_folder
from qctl.errors import ConfigError, NotPermitted, RedisUnreachable
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike
    from pathlib import Path
    from pwd import getpwuid
    from typing import Final

    from qctl.config.home import needed_home
    from qctl.config.own_files import make_folders

    StrPath = str | PathLike[str]
else:
    Path = later("pathlib", "Path")
    getpwuid = later("pwd", "getpwuid")
    make_folders = later("qctl.config.own_files", "make_folders")
    needed_home = later("qctl.config.home", "needed_home")

#: Bytes that the address of a unix socket holds on Linux, without its closing zero.
SUN_PATH: Final = 107

SOCKET: Final = "redis.sock"
_ELSEWHERE: Final = "XDG_STATE_HOME=/a/path/of/yours qctl …"
RUNNING: Final = "running.json"  #: which host and boot it was last started on


def state_directory() -> Path:
    """Say where this user's embedded server lives; nothing is created.

    `$XDG_STATE_HOME/qctl`, for root without that variable `/var/lib/qctl`, else `~/.local/state/qctl`. Raises
    ConfigError for somebody without a home.
    """
    return Path(own_directory())


def own_directory() -> str:
    """The same as a text, which takes nothing to import. Raises as `state_directory`."""
    return state_folder(os.environ) or needed_home(os.environ, "XDG_STATE_HOME")


def socket_of(directory: StrPath) -> str:
    """Where the server of a directory listens. Raises ConfigError for a path that no unix socket can have."""
    path = os.path.join(directory, SOCKET)
    length = len(os.fsencode(path))
    if length > SUN_PATH:
        raise ConfigError(
            f"{path} has {length} bytes and a unix socket's path at most {SUN_PATH}",
            help="XDG_STATE_HOME=/a/shorter/path qctl …",
        )
    return path


def url_of(directory: StrPath) -> str:
    """The server of a directory as the rest of qctl addresses it."""
    return f"unix://{socket_of(directory)}"


def prepare(directory: StrPath) -> None:
    """Create the directory where it is missing, and verify it.

    Raises NotPermitted when it is not ours alone, RedisUnreachable when the disk is full or read-only.
    """
    if not os.path.isabs(directory):
        raise ConfigError(f"the state directory must be an absolute path, not {directory}")
    try:
        if not os.path.isdir(directory):
            make_folders(Path(directory).parent)
            os.mkdir(directory, mode=0o700)
    except FileExistsError:
        pass
    except PermissionError:
        raise NotPermitted(f"{_me()} may not create {directory}", help=_ELSEWHERE) from None
    except OSError as error:
        raise cannot_write(directory, error) from None
    verify(directory)


def verify(directory: StrPath) -> None:
    """Refuse a directory that is not ours alone. Raises NotPermitted; FileNotFoundError if there is none."""
    try:
        entry, found = os.lstat(directory), os.stat(directory)
    except PermissionError:
        raise NotPermitted(
            f"{directory} belongs to another user's qctl; {_me()} may not look into it", help=_ELSEWHERE
        ) from None
    except NotADirectoryError:
        raise NotPermitted(
            f"{directory} cannot be made: something above it is not a directory", help=_ELSEWHERE
        ) from None
    for status in (entry, found):  # a link in our place must be ours as well
        if status.st_uid not in (os.geteuid(), 0 if status is not found else os.geteuid()):
            raise NotPermitted(
                f"{directory} belongs to {_name(status.st_uid)}, and you are {_me()}",
                help=f"sudo -u {_name(status.st_uid)} qctl …        or unset XDG_STATE_HOME for one of your own",
            )
    if not stat.S_ISDIR(found.st_mode):
        raise NotPermitted(f"{directory} is not a directory")
    if found.st_mode & 0o077:
        raise NotPermitted(
            f"{directory} has mode {stat.S_IMODE(found.st_mode):04o}: others could reach the jobs in it",
            help=f"chmod 700 {directory}",
        )
    _verify_parents(directory)


def cannot_write(directory: StrPath, error: OSError) -> RedisUnreachable:
    """The error for a directory that cannot be written, a full or read-only disk for one (fault 82)."""
    return RedisUnreachable(
        url=f"unix://{os.path.join(directory, SOCKET)}",
        reason=f"{error.strerror or error}: {error.filename or directory}",
        help=_look_at_the_mount(directory) if error.errno == errno.EROFS else f"df -h {directory}",
    )


def _look_at_the_mount(directory: StrPath) -> str:
    return f"findmnt -T {directory}        shows what is mounted read-only\n{_ELSEWHERE}        uses another place"


def _verify_parents(directory: StrPath) -> None:
    """In a parent that everybody may write, everybody could put a directory of his own in our place."""
    for parent in _parents(os.path.realpath(directory)):
        mode = os.stat(parent).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise NotPermitted(
                f"everybody may write to {parent}, and so replace {directory}",
                help=f"chmod o-w {parent}",
            )


def _parents(path: str) -> Iterator[str]:
    while (parent := os.path.dirname(path)) != path:
        yield parent
        path = parent


def _me() -> str:
    return _name(os.geteuid())


def _name(uid: int) -> str:
    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
