"""Where a job runs, and what is said when it cannot be there."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from qctl.config.environment import account, working_directory
from qctl.engine.processes.prepared import Prepared
from qctl.engine.processes.python_runner import PythonRunner
from qctl.model.call import Call, Kind
from tests.unit.config_files import Files


@pytest.mark.parametrize(
    ("task", "call", "where"),
    [
        ("plain", Call(task="plain"), "/home/somebody"),
        ("plain", Call(task="plain", kind=Kind.ADHOC, cwd="/tmp"), "/tmp"),
        ("plain", Call(task="plain", cwd="/tmp"), "/home/somebody"),
        ("placed", Call(task="placed"), "/srv"),
    ],
)
def test_a_job_runs_where_its_task_says_or_the_caller_of_a_command_is_or_at_home(
    tmp_path: Path, task: str, call: Call, where: str
) -> None:
    """P6; attack 46: a forged record does not choose the folder in which a declared task finds its `./script`."""
    config = Files(tmp_path).load("[tasks.plain]\nrun = 'true'\n[tasks.placed]\nrun = 'true'\ncwd = '/srv'\n")
    owner = replace(account(), home="/home/somebody")

    assert working_directory(config.tasks[task], call, owner) == where


def test_a_slot_that_cannot_tell_where_it_is_goes_where_its_job_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the job before lay on a server that does not answer any more: no reason for the slot to die."""

    def stale() -> str:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.chdir("/")
    job = SimpleNamespace(cwd=str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(os, "getcwd", stale)
        PythonRunner._go_there(cast(PythonRunner, None), cast(Prepared, job))

    assert os.getcwd() == str(tmp_path)
