"""How systemd speaks to a service that it starts: variables that are meant for that one process alone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

NOTIFY_VARIABLES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def unsupervised(environ: Mapping[str, str]) -> dict[str, str]:
    """The same environment for a process that is no part of the service: it must not speak in the service's name."""
    return {name: value for name, value in environ.items() if name not in NOTIFY_VARIABLES}
