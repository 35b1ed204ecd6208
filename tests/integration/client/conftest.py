"""A client over an empty namespace, a small tasks.toml, and a worker played by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.client import Client, open_client
from qctl.config import Config, load
from qctl.store import Store
from tests.support.store_seed import SeedWorker

TASKS = """
[routes]
"mail-*" = "letters"

[tasks.greet]
run = 'echo "$name"'
params.name = { type = "str", default = "world" }
tags = ["daily"]
retries = 2

[tasks.mail-out]
run = "true"

[tasks.sleepy]
run = "true"
enabled = false

[tasks.crooked]
run = "true"
retires = 3
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    file = tmp_path / "tasks.toml"
    file.write_text(TASKS)
    return load(str(file))


@pytest.fixture
def client(config: Config, redis_url: str, namespace: str) -> Iterator[Client]:
    with open_client(config, redis_url, namespace) as opened:
        yield opened


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    return SeedWorker(store, "w1").register()
