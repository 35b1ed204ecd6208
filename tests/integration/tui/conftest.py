"""A client over an empty namespace, and a worker played by hand, for what actions do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.client import Client, open_client
from qctl.config import load
from qctl.store import Store
from tests.support.store_seed import SeedWorker

TASKS = """
[tasks.tidy]
run = "true"
"""


@pytest.fixture
def client(tmp_path: Path, redis_url: str, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Its state directory is of the test alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "tasks.toml"
    file.write_text(TASKS)
    with open_client(load(str(file)), redis_url, namespace) as opened:
        yield opened


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    return SeedWorker(store, "w1").register()
