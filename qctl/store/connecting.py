"""From a URL to a transport and a store: on a bare socket where that will do, through redis-py elsewhere."""

from __future__ import annotations

from qctl.classes import replace
from qctl.later import import_module
from qctl.model.address import parse_address
from qctl.store.connection import Bare
from qctl.store.keys import Keys
from qctl.store.sockets import tls
from qctl.store.store import Store
from qctl.store.wire import Wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from qctl.model.address import Address
    from qctl.store.transport import Transport

#: What the hot commands are for. redis-py takes a tenth of a second to import, which only the other schemes are worth.
_BARE: Final = ("unix", "redis")


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
    return transport_to(address_of(url, namespace), timeout)


def transport_to(address: Address, timeout: float) -> Wire:
    """Make a transport for an address; nothing is sent yet."""
    if address.scheme in _BARE:
        return Wire(address, timeout, Bare)
    return Wire(address, timeout, import_module("qctl.store.redis_py").RedisPy)


def open_store(url: str, namespace: str = "qctl", timeout: float = 3.0) -> Store:
    """Make the store of a namespace at a URL."""
    return Store(connect(url, timeout, namespace), Keys(namespace))
