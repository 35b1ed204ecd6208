"""All addresses that the name of a Redis has, and those that this machine cannot speak to."""

from __future__ import annotations

import _socket
import select
from collections.abc import Iterator
from typing import Any

import pytest

from qctl.errors import RedisUnreachable
from qctl.store import Command, parse_address
from qctl.store.link import Link
from qctl.store.wire import Wire
from tests.support.loopback import free_port, on_port

ECHO = Command(("ECHO", "x"), bytes.decode)
_NO_FAMILY = 99  #: no kernel makes a socket of it


def answer_of(link: Link) -> list[list[Any]]:
    done: list[list[Any]] = []
    while not done:
        assert any(select.select([link], [link] if link.wants_write else [], [], 5))
        link.flush()
        done = link.receive()
    return done


@pytest.fixture
def port() -> Iterator[int]:
    """That of a server."""
    server = on_port(port := free_port()).start()
    yield port
    server.remove()


def test_an_address_of_a_kind_that_this_machine_has_not_is_passed_over(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ::1 of a machine whose kernel was started without IPv6."""
    look_up = _socket.getaddrinfo

    def both(*asked: Any, **options: Any) -> Any:
        found = look_up(*asked, **options)
        return [(_NO_FAMILY, *found[0][1:]), *found]

    monkeypatch.setattr(_socket, "getaddrinfo", both)
    address = parse_address(f"redis://127.0.0.1:{port}")

    wire = Wire(address, 5.0)
    assert wire.exchange([ECHO]) == ["x"]
    wire.close()
    with pytest.raises(RedisUnreachable, match="not supported"):
        Link(address)
    link = Link(address, attempt=1)
    link.send([ECHO])
    assert answer_of(link) == [["x"]]
    link.close()


@pytest.mark.parametrize("host", ["a..b", "a" * 70])
def test_what_can_be_no_name_is_unreachable(host: str) -> None:
    address = parse_address(f"redis://{host}")
    with pytest.raises(RedisUnreachable, match="can be no host's name"):
        Wire(address, 5.0).exchange([ECHO])
    with pytest.raises(RedisUnreachable, match="can be no host's name"):
        Link(address)
