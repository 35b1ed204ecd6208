"""Instances whose jobs run in the process of the tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qctl.config import Config
from qctl.python.inline.instance import InlineQctl
from qctl.python.instance import standing_in


@pytest.fixture
def inline() -> Iterator[InlineQctl]:
    instance = InlineQctl(Config())
    with standing_in(instance):
        yield instance


@pytest.fixture
def recorded() -> Iterator[InlineQctl]:
    instance = InlineQctl(Config(), runs=False)
    with standing_in(instance):
        yield instance
