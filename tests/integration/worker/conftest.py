"""Real workers over a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.worker.workshop import Workshop
from tests.support import eventually, processes_below


@pytest.fixture
def shop(tmp_path: Path, redis_url: str, namespace: str) -> Iterator[Workshop]:
    """A place to run workers in. Nothing outlives them (P24, fault 18)."""
    workshop = Workshop(tmp_path, redis_url, namespace)
    yield workshop
    workshop.close()

    def nothing_is_left() -> bool:
        left = processes_below(tmp_path)
        assert not left, "processes left: " + "; ".join(map(str, left))
        return True

    eventually(nothing_is_left, within=15.0)
