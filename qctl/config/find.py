"""Where the configuration is looked for. The first file found is the only one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

NAME: Final = "tasks.toml"
SYSTEM: Final = "/etc/qctl/tasks.toml"


def find(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The path of the configuration: `given` (--file), QCTL_FILE, the nearest tasks.toml from `folder` upwards,
    `~/.config/qctl/tasks.toml`, `/etc/qctl/tasks.toml`. None if there is none.

    What is named must be there; whoever reads it will say so.
    """
    named = given or environ.get("QCTL_FILE")
    if named:
        return os.path.abspath(os.path.join(folder, os.path.expanduser(named)))
    return next((path for path in places(environ, folder) if os.path.lexists(path)), None)


def places(environ: Mapping[str, str], folder: str) -> Iterator[str]:
    """Every path that is looked at when none is named, in order."""
    start = Path(os.path.abspath(folder))
    for parent in (start, *start.parents):
        yield str(parent / NAME)
    home = environ.get("HOME") or os.path.expanduser("~")
    yield os.path.join(home, ".config/qctl", NAME)
    yield SYSTEM
