"""The embedded server as an interface may ask about it: where it lives, whether it runs, and its end."""

from __future__ import annotations

from qctl.store.embedded import has_died as server_has_died
from qctl.store.embedded import running as running_server
from qctl.store.embedded import state_directory
from qctl.store.embedded import stop as stop_server

__all__ = ["running_server", "server_has_died", "state_directory", "stop_server"]
