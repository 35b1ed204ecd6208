"""Where the configuration is looked for. The first file found is the only one."""

from __future__ import annotations

import os

from qctl.config.places import above, elsewhere, named, owner_of_others
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.config.problems import BadFile, Problem
else:
    BadFile, Problem = later("qctl.config.problems", "BadFile"), later("qctl.config.problems", "Problem")


def find(given: str | None, environ: Mapping[str, str], folder: str) -> str | None:
    """The path of the configuration: `given` (--file), QCTL_FILE, the nearest tasks.toml from `folder` upwards,
    `~/.config/qctl/tasks.toml`, `/etc/qctl/tasks.toml`. None if there is none, or if /dev/null is named.

    What is named must be there; whoever reads it will say so. Raises BadFile for a file on the way upwards that
    belongs to another user: anybody can put one into /tmp, and its tasks would run as us.
    """
    said = named(given, environ, folder)
    if said is not None:
        return None if said == os.devnull else said
    upwards = next((path for path in above(folder) if os.path.lexists(path)), None)
    if upwards is not None:
        _must_be_ours(upwards)
        return upwards
    return next((path for path in elsewhere(environ) if os.path.lexists(path)), None)


def _must_be_ours(path: str) -> None:
    """Refuse a file, or a link, of somebody who is neither root nor we. `source` is stricter with root."""
    owner = owner_of_others(path)
    if owner is not None:
        message = f"belongs to user {owner}, and was found by looking upwards: you would run what it says"
        raise BadFile(Problem(code="Q013", message=message, file=path, help=f"qctl --file {path} …   if you mean it"))
