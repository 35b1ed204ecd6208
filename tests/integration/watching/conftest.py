"""Somebody who looks at an empty namespace, and a worker played by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qctl.client import Client, open_client
from qctl.client.watching.looking import Looker
from qctl.config import Config
from qctl.store import Store
from tests.support.store_seed import SeedWorker
from tests.support.workflow_seed import Crew


@pytest.fixture
def client(redis_url: str, namespace: str) -> Iterator[Client]:
    with open_client(Config(), redis_url, namespace) as opened:
        yield opened


@pytest.fixture
def looker(client: Client) -> Looker:
    return Looker(client)


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    return SeedWorker(store, "w1").register()


@pytest.fixture
def crew(worker: SeedWorker) -> Crew:
    return Crew(worker)
