"""Where the configuration is looked for. The first file found is the only one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from qctl.config.problems import BadFile, Problem

NAME: Final = "tasks.toml"
SYSTEM: Final = "/etc/qctl/tasks.toml"


def find(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The path of the configuration: `given` (--file), QCTL_FILE, the nearest tasks.toml from `folder` upwards,
    `~/.config/qctl/tasks.toml`, `/etc/qctl/tasks.toml`. None if there is none, or if /dev/null is named.

    What is named must be there; whoever reads it will say so. Raises BadFile for a file on the way upwards that
    belongs to another user: anybody can put one into /tmp, and its tasks would run as us.
    """
    named = given or environ.get("QCTL_FILE")
    if named == os.devnull:
        return None
    if named:
        return os.path.abspath(os.path.join(folder, os.path.expanduser(named)))
    upwards = next((path for path in above(folder) if os.path.lexists(path)), None)
    if upwards is not None:
        _must_be_ours(upwards)
        return upwards
    return next((path for path in elsewhere(environ) if os.path.lexists(path)), None)


def above(folder: str) -> Iterator[str]:
    """Every path that is looked at first when none is named, from a folder upwards."""
    start = Path(os.path.abspath(folder))
    for parent in (start, *start.parents):
        yield str(parent / NAME)


def elsewhere(environ: Mapping[str, str]) -> Iterator[str]:
    """The paths that are looked at after these, in order."""
    home = environ.get("HOME") or os.path.expanduser("~")
    yield os.path.join(home, ".config/qctl", NAME)
    yield SYSTEM


def _must_be_ours(path: str) -> None:
    """Refuse a file, or a link, of somebody who is neither root nor we. `source` is stricter with root."""
    if os.geteuid() == 0:
        return
    for look in (os.lstat, os.stat):
        try:
            owner = look(path).st_uid
        except OSError:  # a link that leads nowhere, for one: whoever reads it says so
            return
        if owner not in (0, os.geteuid()):
            message = f"belongs to user {owner}, and was found by looking upwards: you would run what it says"
            raise BadFile(
                Problem(code="Q013", message=message, file=path, help=f"qctl --file {path} …   if you mean it")
            )
