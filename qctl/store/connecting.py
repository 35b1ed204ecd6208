"""From a URL to a transport and a store."""

from __future__ import annotations

from dataclasses import replace

from qctl.store.address import Address, parse_address
from qctl.store.keys import Keys
from qctl.store.sockets import tls
from qctl.store.store import Store, Transport
from qctl.store.wire import Wire


def address_of(url: str, namespace: str = "qctl") -> Address:
    """Take a URL apart, for the use of one namespace.

    Raises ConfigError for a URL that qctl does not know, and for files of TLS that cannot be read.
    """
    address = replace(parse_address(url), key=Keys(namespace).door)
    if address.encrypted:
        tls().context(address)
    return address


def connect(url: str, timeout: float = 3.0, namespace: str = "qctl") -> Transport:
    """Make a transport for a URL; nothing is sent yet. `timeout` bounds every exchange, in seconds.

    Raises as `address_of` does.
    """
    return Wire(address_of(url, namespace), timeout)


def open_store(url: str, namespace: str = "qctl", timeout: float = 3.0) -> Store:
    """Make the store of a namespace at a URL."""
    return Store(connect(url, timeout, namespace), Keys(namespace))
