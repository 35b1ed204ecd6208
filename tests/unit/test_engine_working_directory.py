"""Where a job runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qctl.engine.processes.environment import Unprepared, account, working_directory
from qctl.model.call import Call
from tests.unit.config_files import Files


def test_a_user_without_a_home_is_told_to_name_a_folder(tmp_path: Path) -> None:
    """P6: of `nobody` and of service users the home is often not there."""
    config = Files(tmp_path).load("[tasks.plain]\nrun = 'true'\n[tasks.placed]\nrun = 'true'\ncwd = '/srv'\n")
    homeless = replace(account(), name="nobody", home=str(tmp_path / "nonexistent"))
    call = Call(task="plain")

    with pytest.raises(Unprepared, match=r"nobody has no home; set `cwd` in tasks\.toml"):
        working_directory(config.tasks["plain"], call, homeless)
    assert working_directory(config.tasks["placed"], call, homeless) == "/srv"
    assert working_directory(config.tasks["plain"], replace(call, cwd="/tmp"), homeless) == "/tmp"
    assert working_directory(config.tasks["plain"], call, replace(homeless, home=str(tmp_path))) == str(tmp_path)
