"""Where a job runs, and what is said when it cannot be there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.config.environment import account, working_directory
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
