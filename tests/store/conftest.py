"""Fixtures of the store's tests: a store over an empty namespace, and workers that act in it."""

from __future__ import annotations

import pytest

from qctl.store import Reading, Store
from tests.support.schedule_seed import SeedBeat
from tests.support.store_seed import SeedWorker
from tests.support.workflow_seed import Crew


@pytest.fixture
def read(store: Store) -> Reading:
    return Reading(store)


@pytest.fixture
def worker(store: Store) -> SeedWorker:
    """A registered worker."""
    return SeedWorker(store, "w1").register()


@pytest.fixture
def other_worker(store: Store) -> SeedWorker:
    """Another one."""
    return SeedWorker(store, "w2").register()


@pytest.fixture
def crew(worker: SeedWorker) -> Crew:
    """A worker that ends the nodes of workflows by their names."""
    return Crew(worker)


@pytest.fixture
def beat(store: Store) -> SeedBeat:
    """A live beat."""
    beat = SeedBeat(store, "b1")
    beat.pulse()
    return beat


@pytest.fixture
def other_beat(store: Store) -> SeedBeat:
    """Another one."""
    beat = SeedBeat(store, "b2")
    beat.pulse()
    return beat
