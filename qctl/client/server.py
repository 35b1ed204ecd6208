"""The embedded server as an interface may ask about it: where it lives, whether it runs, and its end."""

from __future__ import annotations

import os

from qctl.config.places import SYSTEM_STATE
from qctl.later import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from qctl.model.address import parse_address
    from qctl.store.embedded.address import running as running_server
    from qctl.store.embedded.attendance import signed_in
    from qctl.store.embedded.diary import ran_out_of_room
    from qctl.store.embedded.directory import prepare, state_directory, url_of
    from qctl.store.embedded.finding import ensure
    from qctl.store.embedded.shutdown import has_died as server_has_died
    from qctl.store.embedded.shutdown import stop as stop_server
else:
    ensure = later("qctl.store.embedded.finding", "ensure")
    parse_address = later("qctl.model.address", "parse_address")
    prepare = later("qctl.store.embedded.directory", "prepare")
    ran_out_of_room = later("qctl.store.embedded.diary", "ran_out_of_room")
    running_server = later("qctl.store.embedded.address", "running")
    server_has_died = later("qctl.store.embedded.shutdown", "has_died")
    signed_in = later("qctl.store.embedded.attendance", "signed_in")
    state_directory = later("qctl.store.embedded.directory", "state_directory")
    stop_server = later("qctl.store.embedded.shutdown", "stop")
    url_of = later("qctl.store.embedded.directory", "url_of")

__all__ = [
    "SYSTEM_STATE",
    "hidden_system_instance",
    "own_state_directory",
    "ran_out_of_room",
    "running_server",
    "server_has_died",
    "shown_url",
    "signed_in",
    "start_server",
    "state_directory",
    "state_url",
    "stop_server",
]


def start_server(directory: Path) -> str:
    """Start a server in a directory of its own, for what may be lost with the machine. Answers its URL.

    Raises as `qctl.store.embedded.ensure`.
    """
    return ensure(directory, fsync="everysec")


def own_state_directory() -> Path:
    """The state directory, made where it is missing: on a shared Redis no server has done it.

    Raises NotPermitted when others could reach what is in it.
    """
    directory = state_directory()
    prepare(directory)
    return directory


def hidden_system_instance() -> bool:
    """Whether there is a system instance that the caller may not read, and none that he has started.

    One of his own that has died is the one he means: he is told of it, and not of root's. Raises NotPermitted when his
    state directory is not his alone.
    """
    if os.geteuid() == 0 or not os.path.isdir(SYSTEM_STATE) or os.access(SYSTEM_STATE, os.R_OK | os.X_OK):
        return False
    return running_server() is None and not server_has_died()


def state_url() -> str:
    """Where this user's embedded server listens, or would. Raises ConfigError for a path that no socket can have."""
    return url_of(state_directory())


def shown_url(url: str) -> str:
    """A Redis URL without its password. Raises ConfigError if it is none."""
    return parse_address(url).shown
