"""From a URL to a transport: the wire where it speaks the scheme, redis-py elsewhere."""

from __future__ import annotations

from importlib import import_module

from qctl.store.address import WIRE_SCHEMES, parse_address
from qctl.store.keys import Keys
from qctl.store.store import Store, Transport
from qctl.store.wire import Wire


def connect(url: str, timeout: float = 3.0) -> Transport:
    """Make a transport for a URL; nothing is sent yet. `timeout` bounds every exchange, in seconds.

    Raises ConfigError for a URL that qctl does not know.
    """
    address = parse_address(url)
    if address.scheme in WIRE_SCHEMES:
        return Wire(address, timeout)
    # redis-py takes a quarter of a second to import, which only these URLs are worth.
    made: Transport = import_module("qctl.store.redis_py").RedisPy(url, timeout)
    return made


def open_store(url: str, namespace: str = "qctl", timeout: float = 3.0) -> Store:
    """Make the store of a namespace at a URL."""
    return Store(connect(url, timeout), Keys(namespace))
