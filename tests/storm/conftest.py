"""A Redis that a storm may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.storm.server import StormServer
from tests.support.invariants import must_be_whole_at


@pytest.fixture
def storm_server() -> Iterator[StormServer]:
    """A Redis that may be killed: what it has acknowledged is on its disk. Afterwards what it has must be whole."""
    server = StormServer()
    server.start()
    yield server
    must_be_whole_at(server.socket)
    server.remove()
