"""Fixtures of every storey. A test that asks for `redis_url` or `home` is marked `redis` and checked for leaks."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from itertools import count

import pytest
import redis
from hypothesis import HealthCheck, settings

from qctl.store import Store, open_store
from tests.support import Answer, FakeClock, Home, PrivateRedis, eventually, keys_without_an_end
from tests.support.descriptors import open_descriptors, opened_since
from tests.support.faked_server import FakedServer
from tests.support.invariants import must_be_whole, must_be_whole_at
from tests.support.processes import Offspring, Seen
from tests.support.proxy import Proxy
from tests.support.scratch import sweep, sweep_after_the_dead

_numbers = count(1)

#: No example fails for the time that it takes: that is the machine's, and what else it does.
settings.register_profile("qctl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("qctl")

#: Folders of tests of what people and programs see: words, files and values. That each flavour runs the scripts behind
#: them is shown by tests/store and tests/integration.
_OF_INTERFACES = {"acceptance", "python", "integrations"}
#: Files of them whose tests are of what a server itself does: its start, its end, its files, its memory.
_OF_SERVERS = {
    "test_background",
    "test_job_commands",
    "test_power_cut",
    "test_python_api",
    "test_refusing_server",
    "test_ways_out",
}

#: Marks of tests that run only where `-m` names the mark: measurements, and what takes minutes.
_WHEN_ASKED_FOR = ("bench", "nightly")


def _minds_the_server(item: pytest.Item) -> bool:
    """Whether a test may come out otherwise on another flavour of Redis."""
    asked = set(getattr(item, "fixturenames", ()))
    if not {"redis_server", "home"} & asked or "faked_server" in asked:  # that one is of one flavour always
        return False
    return not _OF_INTERFACES & set(item.path.parts) or item.path.stem in _OF_SERVERS


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "redis: talks to a redis-server; run on each flavour (set by itself)")
    config.addinivalue_line("markers", "damaged(why): leaves a store that is not whole, for it damages it on purpose")
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell starts what it runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # as `nohup` does: qctl would never see what a test sends
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what talks to Redis, and leave what takes long to those who ask for it."""
    for item in items:
        if _minds_the_server(item):
            item.add_marker(pytest.mark.redis)
    unasked = [mark for mark in _WHEN_ASKED_FOR if mark not in config.option.markexpr]
    left = [item for item in items if any(item.get_closest_marker(mark) for mark in unasked)]
    items[:] = [item for item in items if item not in left]
    config.hook.pytest_deselected(items=left)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remove what sessions that were killed have left."""
    if not hasattr(session.config, "workerinput"):  # of a process of pytest-xdist
        sweep_after_the_dead()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what failed tests of this process have left, and with the last process what dead ones have."""
    sweep()
    pytest_sessionstart(session)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[PrivateRedis]:
    """The private Redis of this session (of each process of pytest-xdist); a test that kills it starts it again."""
    server = PrivateRedis().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def faked_server() -> Iterator[FakedServer]:
    """The server of this session (of each process of pytest-xdist) whose clock tests set."""
    server = FakedServer().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def _redis_connection(redis_server: PrivateRedis) -> Iterator[redis.Redis]:
    with redis.Redis(unix_socket_path=str(redis_server.socket)) as connection:
        yield connection


@pytest.fixture
def redis_url(
    redis_server: PrivateRedis, _redis_connection: redis.Redis, request: pytest.FixtureRequest
) -> Iterator[str]:
    """URL of an empty Redis. After the test each key left in it must have a reason to end, and all fit together."""
    _redis_connection.flushall()
    yield redis_server.url
    assert keys_without_an_end(_redis_connection) == [], "keys that nothing ever removes"
    if request.node.get_closest_marker("damaged") is None:
        must_be_whole(redis_server.url, _redis_connection)
    _redis_connection.connection_pool.disconnect()  # each test has closed what it opened


@pytest.fixture
def redis_client(redis_url: str, _redis_connection: redis.Redis) -> redis.Redis:
    """redis-py's own client of the server at `redis_url`, to seed and to look."""
    return _redis_connection


@pytest.fixture
def namespace() -> str:
    """A namespace that no other test has."""
    return f"test{next(_numbers)}"


@pytest.fixture
def store(redis_url: str, namespace: str) -> Iterator[Store]:
    """The store of this test's own namespace, over the wire."""
    opened = open_store(redis_url, namespace)
    yield opened
    opened.close()


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that moves only when the test says so."""
    return FakeClock()


@pytest.fixture
def home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """An empty home, to run the real qctl in over its embedded server. Nothing may outlive it but that server."""
    home = Home()
    yield home
    if request.node.get_closest_marker("damaged") is None:
        must_be_whole_at(home.state / "redis.sock")
    assert home.remove() == [], "processes left running, or files left behind"


@pytest.fixture
def shared_home(redis_url: str, namespace: str) -> Iterator[Home]:
    """An empty home whose qctl talks to the session's Redis, in the test's namespace."""
    home = Home(redis_url, namespace)
    yield home
    assert home.remove() == [], "processes left running, or files left behind"


@pytest.fixture
def proxy(redis_server: PrivateRedis) -> Iterator[Proxy]:
    """Stands before the session's Redis, for a test that has something said there go astray."""
    proxy = Proxy(redis_server.socket)
    yield proxy
    proxy.close()


@pytest.fixture
def run_qctl(home: Home) -> Callable[..., Answer]:
    """`run_qctl(*args, env=…, input=…, timeout=…, cwd=…)` runs the real command line in `home`."""
    return home.run


@pytest.fixture(scope="session")
def offspring() -> Offspring:
    """The children of this process, looked at as seldom as will do: thousands of tests start none."""
    return Offspring()


@pytest.fixture(autouse=True)
def no_child_is_left(offspring: Offspring) -> Iterator[None]:
    """Each process that a test starts is waited for by the end of that test."""
    before = {child.pid for child in offspring.now()}
    yield

    def only_the_sessions_own() -> bool:
        left = [child for child in offspring.now() if child.pid not in before and not _is_the_sessions(child)]
        if left:
            offspring.look_again()
        assert not left, "child processes left: " + "; ".join(map(str, left))
        return True

    eventually(only_the_sessions_own, within=10.0)


def _is_the_sessions(child: Seen) -> bool:
    """Whether a process serves all tests: a Redis, or what forks the command line for them."""
    return child.is_a_redis or "tests/support/forking.py" in child.command


@pytest.fixture(autouse=True)
def no_descriptor_is_left() -> Iterator[None]:
    """Each file, pipe and socket that a test opens in this process is closed by its end."""
    before = open_descriptors()
    yield
    left = opened_since(before)
    assert not left, "descriptors left open: " + "; ".join(left)
