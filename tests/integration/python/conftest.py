"""One worker for all tests of a module, and the module's own namespace as the instance of this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import qctl
from qctl.python import instance
from tests.integration.python.tasks import HERE
from tests.integration.worker.workshop import RunningWorker
from tests.support import PrivateRedis
from tests.support.source import ROOT


@dataclass
class Site:
    """Where the worker runs: its folder, and the instance that it serves."""

    folder: Path
    qctl: qctl.Qctl
    worker: RunningWorker

    @property
    def record(self) -> list[str]:
        """The lines that tasks have left, in the order in which they ran."""
        path = self.folder / "record"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="module")
def working(redis_server: PrivateRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A worker of this module's tasks."""
    folder = tmp_path_factory.mktemp("first-week")
    file = folder / "tasks.toml"
    file.write_text(
        f"""
[qctl]
redis = "{redis_server.url}"
namespace = "{folder.name}"
python_path = ["{ROOT}"]
modules = ["{HERE}"]

[routes]
"images.*" = "images"

[defaults]
env = {{ RECORD = "{folder / "record"}" }}

[tasks.digest]
call = "{HERE}:digest"
schedule = "30 7 * * 1-5"

[tasks.count]
run = "wc -c"
"""
    )
    options = {"slots": 4, "level": "DEBUG", "json_logs": True}
    worker = RunningWorker(file, options, folder / "worker.log")
    made = qctl.Qctl(file)
    made.client.reading.now_ms()  # so that it is connected before the first test
    worker.says("ready")
    yield Site(folder, made, worker)
    worker.stop()
    made.close()


@pytest.fixture
def site(working: Site) -> Iterator[Site]:
    """The same, as this process's own instance, with an empty record."""
    assert working.worker.process.poll() is None, working.worker.log
    (working.folder / "record").unlink(missing_ok=True)
    kept = instance.configure(working.folder / "tasks.toml")
    yield working
    kept.close()
    instance.configure()
