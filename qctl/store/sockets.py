"""Sockets to a server: what there is to connect to, and why it failed."""

from __future__ import annotations

import _socket as socket  # what the library adds to it takes longer to import than a command to run

from qctl.clock import monotonic
from qctl.errors import QctlError, RedisUnreachable
from qctl.later import import_module, later
from qctl.store.refusals import ConnectionBroken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from struct import pack
    from types import ModuleType
    from typing import Any, Final

    from qctl.model.address import Address

    Target = tuple[int, Any]  #: a family and an address of it
else:
    pack = later("_struct", "pack")  # as `struct` has it


READ_SIZE = 262144
_LONGEST_LABEL: Final = 64  #: characters that a part of a host's name stays below (RFC 1035, 2.3.4)
#: Bytes of one answer, after which it is no answer of a Redis: none of its values is longer than this.
LARGEST_ANSWER = 512 * 1024 * 1024


def targets(address: Address) -> list[Target]:
    """What to connect to, each with its family: all addresses of a host's name, in order. Names are looked up here."""
    if address.scheme == "unix":
        return [(socket.AF_UNIX, address.path)]
    try:
        found = socket.getaddrinfo(_as_bytes(address.host), address.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise unreachable(error, address) from error
    except UnicodeError as error:
        raise unreachable(OSError(f"{address.host!r} can be no host's name"), address) from error
    return [(family, target) for family, _, _, _, target in found]


def _as_bytes(host: str) -> str | bytes:
    """A name that is none of the international ones: Python imports their rules for any text, which takes longer."""
    usual = host.isascii() and all(0 < len(label) < _LONGEST_LABEL for label in host.split("."))
    return host.encode() if usual else host


def new_socket(family: int) -> socket.socket:
    """Make a socket for a target of this family. Raises OSError: a machine without IPv6 may still know a ::1."""
    made = socket.socket(family, socket.SOCK_STREAM)
    if family != socket.AF_UNIX:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return made


_NOT_OURS: Final = "ls -l shows whose socket it is; run as a user of its group, or name another: qctl --redis URL …"


def connected(address: Address, seconds: float) -> socket.socket:
    """Connect to the first address of the host that answers: `localhost` may be ::1, and Redis on 127.0.0.1.

    Under TLS the handshake is done. Raises RedisUnreachable, within these seconds.
    """
    deadline, refused = monotonic() + seconds, OSError("the name has no address")
    for family, target in targets(address):
        try:
            return _opened(family, target, address, max(0.01, deadline - monotonic()))
        except OSError as error:
            refused = error
    raise unreachable(refused, address) from refused


def _opened(family: int, target: Any, address: Address, seconds: float) -> socket.socket:
    made = new_socket(family)
    made.settimeout(seconds)
    try:
        made.connect(target)
        return _shaken(made, address)
    except (OSError, QctlError):
        made.close()
        raise


def patience_of(made: socket.socket) -> Callable[[float], None]:
    """What says how many seconds each call of a socket may take.

    Of a plain one the kernel is told, and says BlockingIOError then: Python would ask it anew before each call.
    """
    if type(made) is not socket.socket:  # TLS
        return made.settimeout
    made.settimeout(None)

    def set_patience(seconds: float) -> None:
        told = pack("@ll", int(seconds), max(1, int(seconds % 1 * 1_000_000)))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, told)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, told)

    return set_patience


def _shaken(plain: socket.socket, address: Address) -> socket.socket:
    if not address.encrypted:
        return plain
    secure: Any = tls().secured(plain, address)
    try:
        secure.do_handshake()
    except OSError:
        secure.close()
        raise
    found: socket.socket = secure
    return found


def tls() -> ModuleType:
    """What knows TLS: imported where a URL asks for it, and nowhere else."""
    return import_module("qctl.store.tls")


def why(error: OSError) -> str:
    if isinstance(error, TimeoutError) and "handshake" in str(error):
        return "no answer"
    return error.strerror or str(error) or type(error).__name__


def unreachable(error: OSError, address: Address) -> RedisUnreachable:
    """Nothing was sent."""
    facts = _facts(error, address)
    if isinstance(error, TimeoutError) and address.encrypted:
        facts = dict(zip(("reason", "help"), tls().silent(address), strict=True))
    elif isinstance(error, PermissionError):  # it runs, and there is nothing to start
        facts = {**facts, "help": _NOT_OURS}
    return RedisUnreachable(url=address.shown, **facts)


def broken(error: OSError, address: Address) -> ConnectionBroken:
    """What was sent may have been heard."""
    return ConnectionBroken(url=address.shown, **_facts(error, address))


def unsent(error: ConnectionBroken, address: Address) -> RedisUnreachable:
    """The same, once it is known that nothing but a greeting was sent."""
    facts = {name: fact for name, fact in error.facts.items() if name != "message"}
    if address.encrypted and "help" not in facts:  # its reason may have been lost as it hung up
        reason, facts["help"] = tls().hung_up(address)
        facts["reason"] = f"{facts['reason']}{reason}"
    return RedisUnreachable("", **facts)


def _facts(error: OSError, address: Address) -> dict[str, str]:
    if type(error).__module__ != "ssl" or "EOF" in type(error).__name__:
        return {"reason": why(error) if type(error).__module__ != "ssl" else "the server closed the connection"}
    reason, advice = tls().explained(error, address)
    return {"reason": reason, "help": advice}
