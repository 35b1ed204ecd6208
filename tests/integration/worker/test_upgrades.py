"""qctl is replaced on disk while a worker runs: this stays of one version until it is restarted."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from qctl.model.call import Kind
from qctl.model.state import Outcome
from tests.integration.worker.workshop import MARK, Workshop
from tests.support import children, eventually
from tests.support.source import ROOT

CODE = """
from qctl import current, group, task

@task
def plain():
    current.progress(1, 2)
    return 1

@task
def submits():
    return (plain.s() | plain.si()).apply_async().id

@task(bind=True)
def replaced(self):
    raise self.replace(group(plain.s(), plain.s()))

@task(nice=1)
def apart():
    return plain.delay().id

@task(bind=True, max_retries=1)
def again(self):
    raise self.retry(exc=ValueError("no"), countdown=0)
"""
TASKS = f"""
[tasks.sh]
run = '''{MARK}'''
retries = 1
[tasks.late]
run = '''{MARK}; sleep 60'''
timeout = "0.3s"
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A qctl of its own."""
    shutil.copytree(ROOT / "qctl", tmp_path / "lib" / "qctl", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "lib"


@pytest.mark.parametrize("at_hand", ["reload", "killed template"])
def test_a_worker_needs_nothing_of_what_stood_on_the_disk_when_it_began(
    shop: Workshop, copy: Path, at_hand: str
) -> None:
    """Fault 24: another version in the same place would be half of one and half of the other."""
    (shop.folder / "ops.py").write_text(CODE)
    head = f'[qctl]\npython_path = ["."]\nmodules = ["ops"]\n[defaults]\nenv = {{ RECORD = "{shop.record}" }}\n'
    shop.file.write_text(head + TASKS)
    worker = shop.ready_worker(first=f"import sys; sys.path.insert(0, {str(copy)!r})\n")
    for file in [*copy.rglob("*.py"), *copy.rglob("*.lua")]:
        file.write_text("raise ImportError('of another version')")

    if at_hand == "reload":
        shop.file.write_text(head + TASKS + "[tasks.new]\nrun = 'true'\n")
        worker.signal(signal.SIGHUP)
    else:
        (template,) = (child.pid for child in children(worker.pid))
        os.kill(template, signal.SIGKILL)
    eventually(lambda: len(worker.records("ready")) == 2, within=20.0)

    wanted = dict.fromkeys(("ops.plain", "ops.submits", "ops.replaced", "ops.apart"), Outcome.SUCCEEDED)
    python = {name: shop.submit(name, Kind.CALL) for name in (*wanted, "ops.again")}
    shell = {name: shop.submit(name) for name in ("sh", "late")}
    assert {name: shop.ended(id_, within=30.0).outcome for name, id_ in (python | shell).items()} == {
        **wanted,
        "ops.again": Outcome.FAILED,
        "sh": Outcome.SUCCEEDED,
        "late": Outcome.TIMEOUT,
    }
    assert worker.records("broken") == []
    assert "another version" not in worker.log
