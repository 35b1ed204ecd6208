"""A place to run real workers in: a tasks.toml, code, an outside record of every run, and the store to look into."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qctl.config import load
from qctl.config.options import Options, Request
from qctl.config.pipelines import prepare_workflow
from qctl.config.preparing import Preparing
from qctl.model.call import PIPELINE, Call, Kind
from qctl.model.job import Job
from qctl.model.names import new_id
from qctl.model.submission import Submission
from qctl.model.workflow.expression import parse
from qctl.model.workflow.tree import Tree
from qctl.store import Command, Reading, Store, open_store
from tests.support import eventually

_START = """
import json, sys
from qctl.engine.journal import Level
from qctl.engine.options import WorkerOptions
from qctl.engine.worker import run_worker
from qctl.errors import QctlError
file, options = sys.argv[1], json.loads(sys.argv[2])
without, fail = options.pop("without", ()), options.pop("fail", ())
if without or fail:
    from tests.support.altered_qctl import alter
    alter(without, fail)
options["level"] = Level[options["level"]]
try:
    sys.exit(run_worker(WorkerOptions(**options), file))
except QctlError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""

#: Leaves one line in the outside record: who ran, which attempt, under which worker's process.
MARK = """printf '%s %s %s\\n' "$QCTL_JOB_ID" "$QCTL_ATTEMPT" "$QCTL_FENCE" >> "$RECORD" """

CODE = """
import asyncio, ctypes, os, re, signal, sys, time
from qctl import current
from qctl.current import SoftTimeLimitExceeded

def mark():
    fd = os.open(os.environ["RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, f"{current.job_id} {current.attempt} {current.fence}\\n".encode())
    os.close(fd)

def noop():
    pass

def marked():
    mark()

def marked_slowly():
    mark()
    time.sleep(0.002)

def exits_silently():
    mark()
    os._exit(0)

def kills_itself():
    mark()
    os.kill(os.getpid(), signal.SIGKILL)

def sleeps(seconds=60.0):
    mark()
    time.sleep(seconds)

def deaf():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    mark()
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

def holds_the_gil(seconds=60):
    mark()
    ctypes.PyDLL(None).sleep(int(seconds))

def cleans():
    try:
        time.sleep(60)
    except SoftTimeLimitExceeded:
        return "cleaned"

def fails_twice():
    mark()
    if current.attempt < 3:
        raise ConnectionError("not yet")
    return "at last"
"""


class RunningWorker:
    """One `qctl worker` process, started the way the command starts it."""

    def __init__(
        self,
        file: Path,
        options: Mapping[str, Any],
        log: Path,
        environment: Mapping[str, str] | None = None,
        first: str = "",
    ) -> None:
        self.log_file = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [sys.executable, "-c", first + _START, os.fspath(file), json.dumps(options)],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,  # a process group of its own, as a terminal gives it
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def records(self, action: str) -> list[dict[str, Any]]:
        """The records of one action in its log, which is written as JSON lines; the last may not be whole yet."""
        whole = self.log.rpartition("\n")[0]
        lines = [line for line in whole.splitlines() if line.startswith("{")]
        return [record for record in map(json.loads, lines) if record["action"] == action]

    def says(self, action: str, within: float = 60.0) -> dict[str, Any]:
        """Wait for a record of this action."""
        return eventually(lambda: self.records(action), within)[0]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self, within: float = 60.0) -> int:
        """Wait for its end and return the exit code. There is never a traceback in its log."""
        code = self.process.wait(within)
        assert "Traceback" not in self.log, self.log
        return code

    def stop(self) -> None:
        """End it, whatever it does; a test that ended it itself finds nothing to do."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(0.5)
            except subprocess.TimeoutExpired:
                self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        assert "Traceback" not in self.log, self.log


class Workshop:
    """Everything that a test of the worker needs."""

    def __init__(self, folder: Path, url: str, namespace: str) -> None:
        self.folder = folder
        self.url = url
        self.namespace = namespace
        self.file = folder / "tasks.toml"
        self.record = folder / "record"
        self.store: Store = open_store(url, namespace, timeout=5.0)
        self.read = Reading(self.store)
        self.workers: list[RunningWorker] = []
        (folder / "jobs.py").write_text(CODE)

    def declare(self, tasks: str, head: str = "") -> None:
        """Write tasks.toml. Every task finds the outside record."""
        text = f'[qctl]\npython_path = ["."]\nmodules = ["jobs"]\n{head}\n'
        text += f'[defaults]\nenv = {{ RECORD = "{self.record}" }}\n'
        new = self.file.with_suffix(".new")
        new.write_text(text + tasks)
        new.rename(self.file)

    def submit(self, task: str, kind: Kind = Kind.RUN, retries: int | None = None, **options: Any) -> str:
        """Submit one job."""
        params = options.pop("params", {})
        call = Call(task=task, kind=kind, params=params, retries=retries)
        submission = Submission(id=new_id(), task=task, body=call.encode(), **options)
        return self.store.do(self.store.verbs.submit([submission]))[0].id

    def compose(self, what: str | Tree, workflow: str = "", **options: Any) -> str:
        """Submit a workflow, as an expression or a tree of tasks in tasks.toml.

        With the name of one there it takes that one's place, and keeps what is to run at its end.
        """
        tree = parse(what) if isinstance(what, str) else what
        config = load(os.fspath(self.file))
        request = Request(task=PIPELINE, tree=tree, options=Options(**options))
        if workflow:
            instead = replace(config.workflows[workflow], composition=tree)
            config = replace(config, workflows={**config.workflows, workflow: instead})
            request = replace(request, task=workflow, tree=None)
        prepared = prepare_workflow(request, Preparing(config, strict=False))
        self.store.do_all([*self.store.verbs.uploads([prepared]), self.store.verbs.submit([prepared])])
        return prepared.id

    def submit_many(self, task: str, count: int, kind: Kind = Kind.RUN, **options: Any) -> list[str]:
        """Submit many alike."""
        ids: list[str] = []
        body = Call(task=task, kind=kind).encode()
        while len(ids) < count:
            batch = [
                Submission(id=new_id(), task=task, body=body, **options) for _ in range(min(500, count - len(ids)))
            ]
            ids += [one.id for one in self.store.do(self.store.verbs.submit(batch))]
        return ids

    def worker(self, *, environment: Mapping[str, str] | None = None, first: str = "", **options: Any) -> RunningWorker:
        """Start a worker, with the options of one; `without` protections, and with points at which it is to `fail`.

        It may have variables of its own in its `environment`, and lines of Python that it runs `first`.
        """
        said = {"redis": self.url, "namespace": self.namespace, "slots": 2, "level": "DEBUG", "json_logs": True}
        log = self.folder / f"worker{len(self.workers)}.log"
        said |= {"name": f"w{len(self.workers)}"} | options
        worker = RunningWorker(self.file, said, log, environment, first)
        self.workers.append(worker)
        return worker

    def ready_worker(self, **options: Any) -> RunningWorker:
        """Start a worker and wait until its slots are there."""
        worker = self.worker(**options)
        worker.says("ready")
        return worker

    def ended(self, id_: str, within: float = 60.0) -> Job:
        """Wait for a job's end."""
        return eventually(lambda: (job := self.read.job(id_)).ended and job, within) or self.read.job(id_)

    def running(self, id_: str, within: float = 60.0) -> Job:
        """Wait until the task itself has begun: it has left its mark."""
        eventually(lambda: id_ in self.runs(), within)
        return self.read.job(id_)

    def runs(self) -> Counter[str]:
        """How often each job has run, by the outside record."""
        if not self.record.exists():
            return Counter()
        return Counter(line.split()[0] for line in self.record.read_text().splitlines())

    def marks(self) -> list[str]:
        """The ids in the order in which they ran."""
        return [line.split()[0] for line in self.record.read_text().splitlines()] if self.record.exists() else []

    def owned(self) -> int:
        """How many jobs all workers together own."""
        return sum(len(worker.running) for worker in self.read.workers())

    def redis(self, *words: str | int) -> Any:
        """Say something to Redis that no verb says."""
        return self.store.do(Command(words, _same))

    def eventually(self, predicate: Callable[[], object], within: float = 60.0) -> None:
        eventually(predicate, within)

    def close(self) -> None:
        """End every worker; none leaves a process behind."""
        for worker in self.workers:
            worker.stop()
        self.store.close()


def _same(reply: Any) -> Any:
    return reply
