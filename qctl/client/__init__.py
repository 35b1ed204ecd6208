"""What one may ask of qctl: submit, wait, read, cancel, retry. The same for the command line, the TUI, web and Python.

Owns how a wish becomes a call of the store, and what to do when the store is away. Knows nothing of how anything is
shown, and nothing of how jobs are run. Each name here is imported when it is first used: a Tab needs few.
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.client.asking import Client, Instance
    from qctl.client.following import LogPiece
    from qctl.client.handle import JobFailed
    from qctl.client.health import Health
    from qctl.client.inside import InnerClient
    from qctl.client.opening import open_client
    from qctl.client.submitting import Receipt
    from qctl.config.places import run_directory

__all__ = [
    "Client",
    "Health",
    "InnerClient",
    "Instance",
    "JobFailed",
    "LogPiece",
    "Receipt",
    "open_client",
    "run_directory",
]

#: Of modules none has the name of what it offers: that of a module would hide it.
_HOMES = {
    **dict.fromkeys(("Client", "Instance"), "qctl.client.asking"),
    "LogPiece": "qctl.client.following",
    "JobFailed": "qctl.client.handle",
    "Health": "qctl.client.health",
    "InnerClient": "qctl.client.inside",
    "run_directory": "qctl.config.places",
    "open_client": "qctl.client.opening",
    "Receipt": "qctl.client.submitting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found
