"""A desk to drive beats at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.beat.desk import Desk
from tests.support import keys_without_an_end
from tests.support.faked_server import FakedServer

START = "2026-03-01T12:00:00"


@pytest.fixture
def desk(tmp_path: Path, faked_server: FakedServer, namespace: str) -> Iterator[Desk]:
    """A desk over an empty server, on 2026-03-01 at noon UTC. After the test each key must have a reason to end."""
    faked_server.set(START)
    with redis.Redis(unix_socket_path=str(faked_server.socket)) as connection:
        connection.flushall()
        found = Desk(tmp_path, faked_server, namespace)
        yield found
        found.close()
        assert keys_without_an_end(connection) == [], "keys that nothing ever removes"
