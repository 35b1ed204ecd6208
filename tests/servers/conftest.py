"""Each of these tests has servers of its own, and the real command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support import Home


@pytest.fixture
def home_at() -> Iterator[Callable[..., Home]]:
    """`home_at(url)` makes a home whose qctl talks to that server. Nothing of it may be left."""
    homes: list[Home] = []

    def make(url: str, namespace: str | None = None) -> Home:
        homes.append(Home(url, namespace))
        return homes[-1]

    yield make
    assert [seen for home in homes for seen in home.remove()] == [], "processes left running"
