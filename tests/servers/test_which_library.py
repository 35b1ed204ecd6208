"""Which library speaks to a server: redis-py where a URL asks for more than a socket, and only in commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.support import Home, PrivateRedis
from tests.support.loopback import free_port

pytestmark = pytest.mark.redis

COMMANDS = (("ps",), ("status",), ("run", "-w", "--", "true"), ("queue", "list"), ("logs", "-n1"), ("doctor",))
NOBODY = ("rediss://127.0.0.1:1", "redis+sentinel://127.0.0.1:1/ops", "redis+cluster://127.0.0.1:1")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    found = free_port()
    server = PrivateRedis(None, "--port", str(found), "--bind", "127.0.0.1").start()
    yield found
    server.remove()


def imported(home: Home, *words: str) -> set[str]:
    """The modules that a command and what it starts have imported, from the interpreter's own list."""
    told = home.run(*words, env={"PYTHONPROFILEIMPORTTIME": "1"})
    found = set(re.findall(r"^import time:.*\| +(\S+)$", told.stderr, re.M))
    assert "qctl.cli" in found, told
    return found


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_bare_socket_needs_no_redis_py(
    home_at: Callable[..., Home], redis_url: str, namespace: str, port: int, kind: str, words: tuple[str, ...]
) -> None:
    """It takes longer to import than the whole of such a command."""
    home = home_at(redis_url if kind == "unix" else f"redis://127.0.0.1:{port}", namespace)
    if "-w" in words:
        home.start("worker", "-c", "1")
    seen = imported(home, *words)
    assert {"hiredis", "qctl.store.wire"} <= seen
    assert not {"redis", "ssl"} & seen


@pytest.mark.parametrize("url", NOBODY)
def test_redis_py_carries_the_commands_of_all_others_and_no_worker(home_at: Callable[..., Home], url: str) -> None:
    home = home_at(url)
    home.write("tasks.toml", "[tasks.hello]\nrun = 'true'\n")
    assert "redis" in imported(home, "ps")
    assert "redis" not in imported(home, "worker")
