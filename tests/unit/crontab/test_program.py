"""The program `crontab`: whose crontab it is asked for, and how long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.client.crontab import caller, read_crontab
from qctl.errors import NotPermitted


def test_the_caller_is_whose_rights_they_are_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "eve")
    monkeypatch.setenv("USER", "eve")
    monkeypatch.setattr(os, "geteuid", lambda: 1)
    assert caller() == "daemon"
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    assert caller() == "4000000"


def test_a_program_that_does_not_answer_is_not_waited_for_longer_than_one_wants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "crontab"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(NotPermitted, match=r"takes more than 0.05 s"):
        read_crontab(caller(), patience=0.05)
