"""What measurements share: a Redis of their own, as people run one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import PrivateRedis


@pytest.fixture
def server() -> Iterator[PrivateRedis]:
    """A shared Redis whose log is written out each second."""
    server = PrivateRedis(None, "--appendonly", "yes", "--appendfsync", "everysec").start()
    yield server
    server.remove()
