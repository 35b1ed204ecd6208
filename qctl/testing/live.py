"""`qctl_worker`: a worker of the tests' own, in a process of its own, and what goes there."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import pytest

from qctl import clock
from qctl.classes import asdict
from qctl.client import Client
from qctl.client.temporary import where_qctl_is_found
from qctl.config.declared_here import declared_here
from qctl.errors import QctlError
from qctl.model.job import Job
from qctl.model.supervised import unsupervised
from qctl.python.instance import Qctl, standing_in
from qctl.testing.private import PrivateServer
from qctl.testing.setup import environment, setup_of
from qctl.testing.wanted import Wanted

T = TypeVar("T")
_READY_WITHIN: Final = 30.0  #: seconds
_GONE_WITHIN: Final = 10.0
_LOOK: Final = 0.02
_READY: Final = "action=ready"  #: what its log says once the modules are imported
_MOST_ACTIVE: Final = 10_000
_MOST_LOG: Final = 4000  #: characters of a log that are shown
_numbers = count(1)


class WorkerFailed(QctlError):
    """the worker of the tests {what}; its log:
    {log}
    """


class LiveWorker:
    """A worker that runs, and its instance."""

    def __init__(self, server: PrivateServer, wanted: Wanted) -> None:
        self.wanted = wanted
        self.url, self.namespace = server.url, f"tests{next(_numbers)}"
        self.log_file = Path(server.folder, f"{self.namespace}.log")
        self.instance: Qctl = _Watched(self)  #: where handles look; `instance.client` asks anything else
        self._process = self._started(server.folder)

    @property
    def pid(self) -> int:
        """The worker's own process."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What the worker has said so far."""
        return self.log_file.read_text(errors="replace")

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise WorkerFailed if it has died."""
        if (code := self._process.poll()) is not None:
            raise self._failed(f"has ended with exit code {code}")

    def wait_until_ready(self) -> None:
        """Wait until it has imported all modules and takes jobs. Raises WorkerFailed."""
        deadline = clock.monotonic() + _READY_WITHIN
        while not (_READY in self.log and self.instance.client.live_workers()):
            self.check()
            if clock.monotonic() > deadline:
                raise self._failed(f"is not ready after {_READY_WITHIN:g} s")
            clock.pause(_LOOK)
        for module in self.wanted.config().modules:
            if f" {module} cannot be imported" in self.log:
                raise self._failed(f"cannot import {module}")

    def clear(self) -> None:
        """Cancel what a test has left undone, and see it end. Raises WorkerFailed if it does not."""
        client, deadline = self.instance.client, clock.monotonic() + _GONE_WITHIN
        while active := client.reading.active(_MOST_ACTIVE):
            self.check()
            client.cancel([job.id for job in active if not job.cancelling], reason="its test is over")
            if clock.monotonic() > deadline:
                raise self._failed(f"does not end job {active[0].id} ({active[0].call.task}), whose test is over")
            clock.pause(_LOOK)

    def stop(self) -> None:
        """End it, with what it runs."""
        self.instance.close()
        for _ in range(2):  # the second time it gives back what it runs
            self._process.terminate()
        try:
            self._process.wait(_GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _started(self, folder: Path) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(dict.fromkeys(os.path.abspath(entry or ".") for entry in sys.path))
        with self.log_file.open("ab") as sink:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "qctl.testing.worker"],
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=sink,
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for pytest, which stops it
                env=where_qctl_is_found({**unsupervised(os.environ), "PYTHONPATH": path}),
            )
        said = {**asdict(self.wanted), "url": self.url, "namespace": self.namespace, "parent": os.getpid()}
        said["directory"] = str(Path(folder, f"{self.namespace}-runs"))  # what of it is left goes with the server
        assert process.stdin is not None
        with suppress(BrokenPipeError), process.stdin as pipe:  # its end is told by whoever waits for it
            pipe.write(json.dumps(said).encode())
        return process

    def _failed(self, what: str) -> WorkerFailed:
        return WorkerFailed(what=what, log=self.log[-_MOST_LOG:].rstrip() or "(it has said nothing)")


class _Watched(Qctl):
    """The instance of a worker: who waits there is told when it has died."""

    def __init__(self, worker: LiveWorker) -> None:
        super().__init__(worker.wanted.file or os.devnull, worker.url, worker.namespace)
        self._worker = worker

    def _open(self) -> Client:
        return _WatchedClient(super()._open(), self._worker)


class _WatchedClient(Client):
    """As another; nobody waits there for a worker that is dead."""

    def __init__(self, opened: Client, worker: LiveWorker) -> None:
        super().__init__(opened.store, opened.config, opened.instance)
        self._worker = worker

    def watch(self, ids: Sequence[str], look: float = 1.0, deadline: float = math.inf) -> Iterator[list[Job]]:
        for jobs in super().watch(ids, look, deadline):
            yield jobs
            self._worker.check()

    def observe(
        self, look_at: Callable[[], T], ids: Sequence[str], look: float = 1.0, deadline: float = math.inf
    ) -> Iterator[T]:
        for seen in super().observe(look_at, ids, look, deadline):
            yield seen
            self._worker.check()


class Workers:
    """The worker of a session: one at a time, for tests that want the same tasks."""

    def __init__(self, server: PrivateServer) -> None:
        self._server = server
        self._worker: LiveWorker | None = None

    def worker(self, wanted: Wanted) -> LiveWorker:
        """One that is ready. Raises WorkerFailed."""
        if self._worker is not None and (self._worker.wanted != wanted or not self._worker.is_alive):
            self.stop()
        if self._worker is None:
            self._worker = _begun(self._server, wanted)
        return self._worker

    def stop(self) -> None:
        """End what runs; the next test has another."""
        if self._worker is not None:
            self._worker.stop()
        self._worker = None


def _begun(server: PrivateServer, wanted: Wanted) -> LiveWorker:
    """A worker that is ready; of one that is not, nothing is left."""
    worker = LiveWorker(server, wanted)
    try:
        with standing_in(worker.instance):  # and not what another fixture has put there
            worker.wait_until_ready()
    except BaseException:
        worker.stop()
        raise
    return worker


def workers(server: PrivateServer) -> Iterator[Workers]:
    """What the session keeps."""
    kept = Workers(server)
    try:
        yield kept
    finally:
        kept.stop()


def live_worker(request: pytest.FixtureRequest, kept: Workers) -> Iterator[LiveWorker]:
    """What the fixture yields. A worker that cannot be had, or that has died, fails the test, with its log."""
    wanted = _with_tasks_of(request, setup_of(request))
    try:
        with environment():
            worker = kept.worker(wanted)
        names = {"QCTL_REDIS": worker.url, "QCTL_NAMESPACE": worker.namespace}
        with environment(**names, QCTL_FILE=wanted.file or os.devnull), standing_in(worker.instance):
            yield worker
            worker.clear()
    except WorkerFailed as error:
        kept.stop()
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _with_tasks_of(request: pytest.FixtureRequest, wanted: Wanted) -> Wanted:
    """With the modules of all tasks that the tests have imported, but those of other files of tests."""
    collected = {item.module.__name__ for item in request.session.items if isinstance(item, pytest.Function)}
    others = collected - {request.module.__name__}
    modules = {one.__module__ for one in declared_here.values()} - others - set(wanted.config().modules)
    return Wanted(wanted.file, (*wanted.modules, *sorted(modules)), wanted.concurrency)
