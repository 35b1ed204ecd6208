"""qctl itself, installed from this checkout as pip installs it."""

from __future__ import annotations

from pathlib import Path

from qctl.store.keys import Keys
from tests.bench.environments import qctl_environment, version_of
from tests.bench.peers.peer import Counting, PythonPeer, Variant

TASKS = """\
[qctl]
python_path = ["."]

[tasks]
noop = { call = "tasks:noop" }
echo = { call = "tasks:echo", params = { text = {} } }
stamp = { call = "work:stamp" }
true = { run = "true" }
hourly = { run = "true", schedule = "@hourly" }
"""
_TASKS_CODE = """\
def noop():
    pass


def echo(text):
    return text
"""


class Ourselves(PythonPeer):
    """qctl."""

    name = "qctl"
    package = "qctl"
    variants = (Variant("worker -c 2", ("qctl", "worker", "-c", "2", "-l", "warning")),)
    bulk = (Variant("send_many", ()),)
    code = """\
import os
import work
from qctl import Qctl

q = Qctl(redis=os.environ["BENCH_REDIS"])
CALLS = {"noop": {}, "echo": {"text": work.TEXT}, "stamp": {}, "true": {}}


def one(kind):
    params = CALLS[kind]
    return lambda: q.send(kind, params)


def many(kind, count):
    q.send_many((kind, CALLS[kind]) for _ in range(count))
"""

    def make(self) -> str:
        self.bin = qctl_environment()
        return version_of(self.bin / "python", self.package)

    def furnish(self, folder: Path) -> None:
        super().furnish(folder)
        (folder / "tasks.py").write_text(_TASKS_CODE)
        (folder / "tasks.toml").write_text(TASKS)

    def counting(self, kind: str) -> Counting:
        return Counting((("ZCARD", Keys("qctl").ended(kind)),))
