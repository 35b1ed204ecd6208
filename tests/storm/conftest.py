"""A Redis that a storm may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import PrivateRedis
from tests.support.invariants import must_be_whole_at


@pytest.fixture
def own_redis() -> Iterator[PrivateRedis]:
    """A Redis that may be killed: what it has acknowledged is on its disk."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "always").start()
    yield server
    must_be_whole_at(server.socket)
    server.remove()
