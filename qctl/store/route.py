"""Where the server of an address is: by itself, as a Sentinel says, or the cluster's node that has the namespace.

A search says whom to ask what, and is told the answer: it knows no socket, so that a process that waits and one that
never does can both carry it out.
"""

from __future__ import annotations

from qctl.classes import dataclass
from qctl.errors import ConfigError, NotPermitted, QctlError, RedisBusy, RedisUnreachable
from qctl.later import later
from qctl.store.command import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from binascii import crc_hqx
    from collections.abc import Generator, Iterator
    from typing import Any, Final

    from qctl.model.address import Address

    Search = Generator["Question", Any, Address]  #: yields questions, is sent answers or errors, returns the server
else:
    crc_hqx = later("binascii", "crc_hqx")

SLOTS: Final = 16384
_ASKED: Final = 4  #: so many of those who might know are asked within the time that there is

_NAMES: Final = "redis-cli -h {host} -p {port} SENTINEL MASTERS        shows the names that it knows"
_THEIRS: Final = "Sentinels have passwords of their own: ?sentinel_password=… in the URL"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of whom. A refusal, and an error on the way to it, are answers too."""

    address: Address
    command: Command[Any]


class Route:
    """The ways to one address. Of a cluster it remembers all nodes that it has heard of."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._hosts = list(address.hosts)
        self.witness: tuple[str, int] | None = None  #: the Sentinel that said where it is

    @property
    def patience(self) -> float:
        """Which part of the time that there is one answer may take: some of those who might know are silent."""
        return 1 / max(1, min(_ASKED, len(self._hosts)))

    @property
    def witnesses(self) -> int:
        """How many Sentinels must agree before a primary that answers is left: there may be but one."""
        return min(2, len(self._hosts))

    def search(self, attempt: int) -> Search:
        """Look for the server. The search raises RedisUnreachable if nobody knows, and what refuses us everywhere.

        `attempt` counts those that came to nothing: each begins with another of those who might know.
        """
        if self._address.service:
            return self._primary(attempt)
        if self._address.hosts:
            return self._node(attempt)
        return self._itself()

    def _itself(self) -> Search:
        yield from ()
        return self._address

    def _primary(self, attempt: int) -> Search:
        service, silent, advice = self._address.service, "", ""
        command: Command[Any] = Command(("SENTINEL", "GET-MASTER-ADDR-BY-NAME", service), _place)
        for host, port in self._in_turn(attempt):
            said = yield Question(self._address.sentinel(host, port), command)
            if isinstance(said, tuple):
                self.witness = (host, port)
                return self._address.server(*said)
            if not said:
                silent, advice = f"no Sentinel knows a service {service!r}", _NAMES.format(host=host, port=port)
                continue
            silent, advice = _reason(said, f"{host}:{port} is no Sentinel", _THEIRS), ""
        raise RedisUnreachable(url=self._address.shown, reason=silent, **({"help": advice} if advice else {}))

    def _node(self, attempt: int) -> Search:
        slot, silent = slot_of(self._address.key), ""
        command: Command[Any] = Command(("CLUSTER", "SLOTS"), _ranges)
        for host, port in self._in_turn(attempt):
            said = yield Question(self._address.server(host, port), command)
            if not isinstance(said, list):
                silent = _reason(said, f"{host}:{port} is no node of a cluster", "")
                continue
            holders = [(first or host, port) for low, high, first, port in said if low <= slot <= high]
            self._learn((first or host, port) for _, _, first, port in said)
            if holders:
                return self._address.server(*holders[0])
            silent = f"no node of the cluster has slot {slot}, in which the namespace lies"
        raise RedisUnreachable(url=self._address.shown, reason=silent)

    def _in_turn(self, attempt: int) -> list[tuple[str, int]]:
        start = attempt % len(self._hosts)
        return self._hosts[start:] + self._hosts[:start]

    def _learn(self, nodes: Iterator[tuple[str, int]]) -> None:
        self._hosts = list(dict.fromkeys([*self._address.hosts, *nodes]))


def slot_of(key: str) -> int:
    """The slot of a key: that of what stands in its first braces, if anything does."""
    _, opened, rest = key.partition("{")
    tag, closed, _ = rest.partition("}")
    return crc_hqx((tag if opened and closed and tag else key).encode(), 0) % SLOTS


def _reason(said: Any, strange: str, password: str) -> str:
    """Why one of them did not say where it is. What would refuse us everywhere is raised."""
    if isinstance(said, NotPermitted) and password:
        raise NotPermitted(str(said), help=password)
    if isinstance(said, RedisUnreachable) and "help" in said.facts:
        raise said
    if isinstance(said, (RedisUnreachable, RedisBusy)):
        return str(said.facts.get("reason", said))
    if isinstance(said, QctlError) and type(said) is not QctlError:
        raise said
    raise ConfigError(f"{strange}: {said}", help="redis://HOST:PORT        is a server by itself")


def _place(reply: Any) -> tuple[str, int] | None:
    return (reply[0].decode(), int(reply[1])) if reply else None


def _ranges(reply: Any) -> list[tuple[int, int, str, int]]:
    """First and last slot, host and port of the node that has them; a host that is not named is the one asked."""
    return [(int(low), int(high), _host(first[0]), int(first[1])) for low, high, first, *_ in reply]


def _host(word: bytes | None) -> str:
    return "" if word in (None, b"", b"?") else word.decode() if word else ""
