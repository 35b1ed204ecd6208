"""The embedded server: a private redis-server of this user, started by whoever needs it first and shared by all.

Owns one directory per user and everything in it: which server program it was written by, the lock that the running
server itself holds, the log, the append-only file's upgrades. Knows nothing of keys, jobs or of who asks; speaks
three commands of Redis (PING, SHUTDOWN and the choice of settings on the command line) and needs no client library.
Each name here is imported when it is first used.

What stands in the directory:

    redis.sock      where it listens, and nowhere else: no TCP
    server.lock     locked by the server process, so that there is never a second one on one append-only file
    server.json     flavour and version that may open the data; written before a server first does
    running.json    which host and boot it was last started on; gone after `qctl down`
    server.log      what Redis says; server.log.1 the part before
    server.pid      written by Redis; never read, since a number in a file may be anybody's by now
    appendonly*     the data
    workers         held open by each worker, so that it is found while no server can be asked
    before-VERSION  the data as it was before VERSION first opened it
"""

from __future__ import annotations

from qctl.later import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from qctl.store.embedded.address import Instance, running
    from qctl.store.embedded.directory import state_directory
    from qctl.store.embedded.finding import ensure
    from qctl.store.embedded.shutdown import has_died, stop

__all__ = ["Instance", "ensure", "has_died", "running", "state_directory", "stop"]

#: Of modules none has the name of what it offers: that of a module would hide it.
_HOMES = {
    **dict.fromkeys(("Instance", "running"), "qctl.store.embedded.address"),
    "state_directory": "qctl.store.embedded.directory",
    "ensure": "qctl.store.embedded.finding",
    **dict.fromkeys(("has_died", "stop"), "qctl.store.embedded.shutdown"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found
