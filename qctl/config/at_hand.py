"""The configuration that a command means: as it was read before, or read now."""

from __future__ import annotations

from qctl.config.compiled import kept
from qctl.config.finding import find
from qctl.config.values import Config
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from qctl.config.compiling import load_and_keep
else:
    load_and_keep = later("qctl.config.compiling", "load_and_keep")


def load_found(given: str | None, environ: Mapping[str, str], folder: str) -> Config:
    """Find the configuration and load it. Without any file everything is as it is by default, and there is no task.

    Raises BadFile as `load` does.
    """
    path = find(given, environ, folder)
    if path is None:
        return Config()
    return kept(path, environ) or load_and_keep(path, environ)
