"""Servers on the ports of this machine: what Sentinel, Cluster and TLS need, for none of them knows unix sockets."""

from __future__ import annotations

import socket

from tests.support.servers import PrivateRedis


def free_port(*, of_cluster: bool = False) -> int:
    """A port that nobody uses; a cluster's node takes the one 10,000 above as well."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if not of_cluster or port < 55_000:
            return port


def on_port(port: int, *options: str) -> PrivateRedis:
    """A server on a port of 127.0.0.1, not yet started. It listens on its unix socket as well."""
    return PrivateRedis(None, "--port", str(port), "--bind", "127.0.0.1", *options)
