"""Where a tasks.toml may be. Completion looks there too, in milliseconds, so nothing is imported here but `os`."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

NAME: Final = "tasks.toml"
SYSTEM: Final = "/etc/qctl/tasks.toml"
SYSTEM_STATE: Final = "/var/lib/qctl"  #: where root's embedded server lives


def named(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The path that --file or QCTL_FILE names, whether it is there or not; None if neither does."""
    said = given or environ.get("QCTL_FILE")
    if not said or said == os.devnull:
        return said or None
    return os.path.abspath(os.path.join(folder, os.path.expanduser(said)))


def above(folder: str) -> Iterator[str]:
    """Every path that is looked at first when none is named, from a folder upwards."""
    at = os.path.abspath(folder)
    yield os.path.join(at, NAME)
    while (parent := os.path.dirname(at)) != at:
        at = parent
        yield os.path.join(at, NAME)


def elsewhere(environ: Mapping[str, str]) -> Iterator[str]:
    """The paths that are looked at after these, in order."""
    home = home_of(environ)
    if home:
        yield os.path.join(home, ".config/qctl", NAME)
    yield SYSTEM


def home_of(environ: Mapping[str, str]) -> str:
    """The home of whoever calls: HOME, else as the machine's list of users has it; empty if there is none."""
    home = environ.get("HOME") or os.path.expanduser("~")
    return home if home.startswith("/") else ""


def state_folder(environ: Mapping[str, str]) -> str:
    """Where the embedded server of whoever calls lives, or would; empty for somebody without a home."""
    chosen = environ.get("XDG_STATE_HOME", "")
    if chosen.startswith("/"):  # the XDG specification tells us to ignore a relative one
        return os.path.join(chosen, "qctl")
    if os.geteuid() == 0:
        return SYSTEM_STATE
    home = home_of(environ)
    return os.path.join(home, ".local/state/qctl") if home else ""


def owner_of_others(path: str) -> int | None:
    """The user whom a file, or the link in its place, belongs to, if he is neither root nor we. Of root nobody."""
    if os.geteuid() == 0:
        return None
    for look in (os.lstat, os.stat):
        try:
            owner = look(path).st_uid
        except OSError:  # a link that leads nowhere, for one: whoever reads it says so
            return None
        if owner not in (0, os.geteuid()):
            return owner
    return None


def run_directory(environ: Mapping[str, str]) -> str | None:
    """The run directory of the job in which this process runs; None outside of one."""
    folder = environ.get("QCTL_RUN_DIR")
    return folder if folder and os.path.exists(os.path.join(folder, "qctl.sock")) else None
