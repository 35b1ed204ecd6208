"""The plugin of pytest. Every suite loads it where qctl is installed: it imports nothing before a fixture is used."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from qctl.testing.inline import Inline
    from qctl.testing.live import LiveWorker, Workers
    from qctl.testing.private import PrivateServer

_MARKER = (
    "qctl(file=None, modules=(), concurrency=None): for the fixtures of qctl, the tasks.toml, further modules that "
    "declare tasks, and of the worker how many jobs run at once"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("qctl_file", "the tasks.toml of tests, from the root directory; else the tasks.toml there, if any")
    parser.addini("qctl_modules", "modules that declare tasks, beside those of the tasks.toml", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def qctl_inline(request: pytest.FixtureRequest) -> Iterator[Inline]:
    """Jobs run in this process, at the call: no Redis, no worker, no waiting.

    While a test asks for it, `delay`, `apply_async`, workflows and `Qctl().send(…)` run what they submit before they
    return, step by step in declared order, retries included. Countdowns, backoffs and time limits are not waited for:
    `submitted` tells what was asked for, `delays(handle)` the times between attempts. Handles answer as ever.
    """
    yield from _at(".inline").inline(request, runs=True)


@pytest.fixture
def qctl_recorded(request: pytest.FixtureRequest) -> Iterator[Inline]:
    """Jobs are checked and recorded, and none runs: `submitted` and `of(task)` tell what was asked for.

    `run_recorded()` runs them after all, as `qctl_inline` would have.
    """
    yield from _at(".inline").inline(request, runs=False)


@pytest.fixture(scope="session")
def _qctl_server() -> Iterator[PrivateServer]:
    yield from _at(".private").private_server()


@pytest.fixture
def qctl_server(request: pytest.FixtureRequest, _qctl_server: PrivateServer) -> Iterator[PrivateServer]:
    """A Redis of this session's own, in a folder of its own; each process of pytest-xdist has another.

    While a test asks for it, what the code under test submits goes there, into a namespace of the test's own, and
    waits: no worker runs. `qctl_server.url` and `.namespace` are where. It is removed however the session ends.
    """
    yield from _at(".server").server_of_a_test(request, _qctl_server)


@pytest.fixture(scope="session")
def _qctl_workers(_qctl_server: PrivateServer) -> Iterator[Workers]:
    yield from _at(".live").workers(_qctl_server)


@pytest.fixture
def qctl_worker(request: pytest.FixtureRequest, _qctl_workers: Workers) -> Iterator[LiveWorker]:
    """A real worker with the tests' tasks, ready to work; what the code under test submits goes to it.

    It knows the tasks.toml of the tests, the modules of the tasks that they have imported, and the test's own. Tests
    that need the same share it; what a test leaves undone is cancelled. If it cannot start, or dies, the test fails
    with its log.
    """
    yield from _at(".live").live_worker(request, _qctl_workers)


def _at(module: str) -> Any:
    return import_module(module, "qctl.testing")
