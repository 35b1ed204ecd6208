"""The settings that an embedded server runs with. All stand on its command line: there is no file to tamper with."""

from __future__ import annotations

import os
from pathlib import Path

from qctl.errors import ConfigError
from qctl.store.embedded.directory import socket_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

#: What the embedded server may use at least, and of this machine's memory at most.
LEAST_MEMORY: Final = 128 * 1024 * 1024
SHARE_OF_MEMORY: Final = 4

LOG: Final = "server.log"

_CGROUP_LIMITS: Final = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def settings(directory: Path, fsync: str) -> list[str]:
    """The words of the server's command line after its name."""
    if fsync not in ("always", "everysec"):
        raise ConfigError(f"fsync is {fsync!r} and must be 'always' or 'everysec'")
    chosen: Mapping[str, object] = {
        "port": 0,
        "unixsocket": socket_of(directory),
        "unixsocketperm": 700,
        "dir": directory,
        "daemonize": "yes",  # its own session, and nobody's child: it outlives whoever started it
        "pidfile": directory / "server.pid",
        "logfile": directory / LOG,
        "databases": 1,
        "save": "",
        "appendonly": "yes",
        "appendfsync": fsync,
        "aof-load-truncated": "yes",
        "maxmemory": memory_limit(),
        "maxmemory-policy": "noeviction",  # an evicted job would be a lost one
    }
    return [word for name, value in chosen.items() for word in (f"--{name}", str(value))]


def environment() -> dict[str, str]:
    """What the server sees of our environment: nothing that it could be asked to give away."""
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


def memory_limit() -> int:
    """A quarter of the memory of this machine, or of this container, in bytes."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(LEAST_MEMORY, min([whole, *_cgroup_limits()]) // SHARE_OF_MEMORY)


def _cgroup_limits() -> list[int]:
    found = []
    for path in _CGROUP_LIMITS:
        try:
            found.append(int(path.read_text()))
        except (OSError, ValueError):  # absent, or the word "max"
            continue
    return found
