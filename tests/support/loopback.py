"""Servers on the ports of this machine: what Sentinel, Cluster and TLS need, for none of them knows unix sockets."""

from __future__ import annotations

import os
import socket
from random import Random
from typing import Final

from tests.support.servers import PrivateRedis


def free_port(*, of_cluster: bool = False) -> int:
    """A port that nobody uses; a cluster's node takes the one 10,000 above as well.

    Below those that the kernel gives to connections, which would take one again as soon as it is free. Nobody else may
    draw it before a server listens there: each process of a suite draws its own ones, and none of them twice.
    """
    slot = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % PROCESSES
    while True:
        port = _DICE.randrange(12_000 + slot, 22_000, PROCESSES)
        if port not in _DRAWN and all(_is_free(each) for each in ((port, port + 10_000) if of_cluster else (port,))):
            _DRAWN.add(port)
            return port


PROCESSES: Final = 20  #: of one suite that never draw the same port
_DICE: Final = Random()  # seeded by the machine
_DRAWN: Final[set[int]] = set()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def on_port(port: int, *options: str) -> PrivateRedis:
    """A server on a port of 127.0.0.1, not yet started. It listens on its unix socket as well."""
    return PrivateRedis(None, "--port", str(port), "--bind", "127.0.0.1", *options)
