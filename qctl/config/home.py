"""The home of whoever calls, where nothing can be done without one."""

from __future__ import annotations

from qctl.config.places import home_of
from qctl.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class NoHome(ConfigError):
    """there is no home folder: neither HOME nor the machine's list of users names one"""

    help = "HOME=/a/path/of/yours qctl …\n{variable}=/a/path/of/yours qctl …        in its place"


def needed_home(environ: Mapping[str, str], variable: str) -> str:
    """The home of whoever calls. Raises NoHome, which also names the variable that would do in its place."""
    home = home_of(environ)
    if not home:
        raise NoHome(variable=variable)
    return home
