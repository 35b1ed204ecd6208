"""The real `qctl` in subprocesses, each in a home of its own where nothing of the machine's user is seen."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.fork_server import LONGEST_INPUT, ForkServer
from tests.support.mutations.launching import altered
from tests.support.processes import Seen, processes_below
from tests.support.scratch import scratch_folder
from tests.support.servers import chosen_server
from tests.support.waiting import eventually

SOURCE = Path(__file__).parents[2]
#: How the names of variables begin that are read by nothing before a command runs.
_READ_WHEN_ASKED = ("QCTL_", "XDG_", "COLUMNS", "EDITOR", "PATH", "TZ")


@dataclass(frozen=True, slots=True)
class Answer:
    """How one command ended, and what it said."""

    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


class Running:
    """A `qctl` in the background: a worker, a beat, a follow. Its output goes to files: it never waits for a reader."""

    def __init__(self, command: list[str], env: dict[str, str], cwd: Path, logs: Path) -> None:
        self._out = logs.with_suffix(".out")
        self._err = logs.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=cwd, start_new_session=True
            )

    @property
    def pid(self) -> int:
        """The process that was started, also after its end."""
        return self._process.pid

    @property
    def stdout(self) -> str:
        """What it has said so far."""
        return self._out.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        """What it has complained of so far."""
        return self._err.read_text(errors="replace")

    def poll(self) -> int | None:
        """Its exit code, negative for a signal, or None while it runs."""
        return self._process.poll()

    def wait_for(self, pattern: str, within: float = 60.0) -> re.Match[str]:
        """Wait until a line of its stdout or stderr matches; a process that ended without saying so is a failure."""

        def said() -> re.Match[str] | None:
            over = self.poll() is not None
            found = re.search(pattern, self.stderr, re.M) or re.search(pattern, self.stdout, re.M)
            if found is None and over:
                raise RuntimeError(f"ended without saying {pattern!r}\n{Answer(self.wait(), self.stdout, self.stderr)}")
            return found

        found = eventually(said, within)
        assert found is not None
        return found

    def send(self, signum: int) -> None:
        """Send a signal to this process alone."""
        self._process.send_signal(signum)

    def wait(self, within: float = 60.0) -> int:
        """Wait for its end and return its exit code."""
        return self._process.wait(within)

    def stop(self, signum: int = signal.SIGTERM, within: float = 60.0) -> Answer:
        """Ask it to stop as an operator would and return how it ended."""
        if self.poll() is None:
            self.send(signum)
        return Answer(self.wait(within), self.stdout, self.stderr)

    def kill(self) -> None:
        """`kill -9` of this process alone; its children learn of it by themselves."""
        self._process.kill()
        self._process.wait()


class Home:
    """A user's empty home: HOME, XDG folders and a working folder, with `qctl` to run in it.

    With `redis` every command talks to that server; without, to the embedded one of this home.
    """

    def __init__(self, redis: str | None = None, namespace: str | None = None) -> None:
        self.folder = scratch_folder("qctl-home-")
        self.work = self.folder / "work"
        self.state = self.folder / "state" / "qctl"
        self.redis = redis
        self.namespace = namespace
        self.killed = False  #: whether the test killed a worker that was not started by `start`
        self._started: list[Running] = []
        for each in (self.work, self.folder / "state", self.folder / "run", self.folder / "tmp"):
            each.mkdir(mode=0o700)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the working folder, `tasks.toml` for one."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """All that a command of this home gets to see of the world."""
        found = {
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "TMPDIR": str(self.folder / "tmp"),
            "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(SOURCE),
            "QCTL_REDIS_SERVER": str(chosen_server()),
        }
        if self.redis:
            found["QCTL_REDIS"] = self.redis
        if self.namespace:
            found["QCTL_NAMESPACE"] = self.namespace
        return found | dict(extra or {})

    def run(
        self,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        input: str | bytes = b"",  # noqa: A002 - the word of subprocess.run
        timeout: float = 90.0,
        cwd: Path | None = None,
    ) -> Answer:
        """Run `qctl ARGS` to its end; by a fork, unless something is asked for that a process reads at its start."""
        words, given = [str(word) for word in args], input.encode() if isinstance(input, str) else input
        where, environment = cwd or self.work, self.environment(env)
        if len(given) <= LONGEST_INPUT and all(name.startswith(_READ_WHEN_ASKED) for name in env or ()):
            code, stdout, stderr = _fork_server().run(words, environment, where, given, timeout)
            return Answer(code, _text(stdout), _text(stderr))
        return self.run_in_earnest(*args, env=env, input=given, timeout=timeout, cwd=where)

    def run_in_earnest(
        self,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        input: bytes = b"",  # noqa: A002 - the word of subprocess.run
        timeout: float = 90.0,
        cwd: Path | None = None,
    ) -> Answer:
        """Run `python -m qctl ARGS` to its end, from its first import on."""
        ended = subprocess.run(
            self._command(args),
            input=input,
            capture_output=True,
            env=self.environment(env),
            cwd=cwd or self.work,
            timeout=timeout,
            check=False,
        )
        return Answer(ended.returncode, _text(ended.stdout), _text(ended.stderr))

    def start(
        self,
        *args: str | Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        fail: Sequence[str] = (),
    ) -> Running:
        """Start `qctl ARGS` in the background; it is gone when the test is. `fail`: see `failpoints`."""
        logs = self.folder / f"started-{len(self._started)}"
        command = [sys.executable, *altered(fail=fail), *map(str, args)] if fail else self._command(args)
        running = Running(command, self.environment(env), cwd or self.work, logs)
        self._started.append(running)
        return running

    def remove(self) -> list[str]:
        """End everything of this home and remove it. Returns what was left, as text.

        Processes that were neither started by `start` nor are a Redis server, and files of qctl's that end with who
        made them; these not if one was killed, which leaves its own there until the next one comes.
        """
        for running in self._started:
            if running.poll() is None:
                running.kill()
        below = self._those_left_after(5.0)
        left = [str(seen) for seen in below if not seen.is_a_redis]
        if not self.killed and all(running.poll() != -signal.SIGKILL for running in self._started):
            left += [str(path) for name in ("run", "tmp") for path in (self.folder / name).glob("qctl*")]
        for seen in below:
            _kill(seen.pid)
        shutil.rmtree(self.folder, ignore_errors=True)
        return left

    def _those_left_after(self, seconds: float) -> list[Seen]:
        """What still runs in this home when nothing does but servers, or when the time is over."""
        below = list[Seen]()

        def servers_alone() -> bool:
            below[:] = processes_below(self.folder)
            return all(seen.is_a_redis for seen in below)

        with suppress(AssertionError):
            eventually(servers_alone, within=seconds, every=0.01)
        return below

    def _command(self, args: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-P", "-m", "qctl", *(str(word) for word in args)]


@cache
def _fork_server() -> ForkServer:
    """The one of this session (of each process of pytest-xdist), once it is asked for."""
    server = ForkServer({"PYTHONPATH": str(SOURCE), "LANG": "C.UTF-8"})
    atexit.register(server.close)
    return server


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
