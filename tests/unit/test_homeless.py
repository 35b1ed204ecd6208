"""Somebody without a home: no HOME, and a user whom the machine does not know, as in many a container."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from qctl.cli import failure
from qctl.cli.calling import call
from qctl.cli.failure import report
from qctl.config import load, offers
from qctl.config.offering import remember
from qctl.config.places import SYSTEM, elsewhere


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where he stands, with a tasks.toml."""

    def unknown(_: int) -> pwd.struct_passwd:
        raise KeyError

    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    (tmp_path / "tasks.toml").write_text('[tasks.a]\nrun = "true"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "variable"),
    [
        (["--file", "tasks.toml", "ps"], "XDG_STATE_HOME"),
        (["--file", "tasks.toml", "run", "a"], "XDG_STATE_HOME"),
        (["up", "-d", "--file", "tasks.toml"], "XDG_STATE_HOME"),
        (["completion", "bash", "--install"], "XDG_DATA_HOME"),
        (["completion", "fish", "--install"], "XDG_CONFIG_HOME"),
    ],
)
def test_what_needs_a_home_names_the_variables_that_say_one_and_makes_nothing(
    folder: Path, words: list[str], variable: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(words) == 78
    said = capsys.readouterr().err
    assert "there is no home folder" in said
    assert "HOME=/a/path/of/yours qctl" in said
    assert f"{variable}=/a/path/of/yours qctl" in said
    assert os.listdir(folder) == ["tasks.toml"]


def test_what_needs_none_goes_on_and_nothing_is_kept_below_the_folder_at_hand(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = load("tasks.toml")
    remember(config, os.environ)
    assert offers.kept(str(folder / "tasks.toml"), os.environ) == ""
    assert list(elsewhere(os.environ)) == [SYSTEM]
    assert call(["--file", "tasks.toml", "check"]) == 0
    assert call(["--file", "tasks.toml", "config"]) == 0
    assert call(["--file", "tasks.toml"]) == 0
    assert "there is no home folder" in capsys.readouterr().out
    assert os.listdir(folder) == ["tasks.toml"]


def test_the_report_of_a_bug_goes_to_the_folder_of_passing_things(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path_factory.mktemp("passing")
    monkeypatch.setattr(failure, "gettempdir", lambda: str(passing))
    assert report(RuntimeError("a slip"), "table", 0) == 70
    assert [path.name[:9] for path in passing.iterdir()] == ["qctl-bug-"]
    assert os.listdir(folder) == ["tasks.toml"]


def test_a_path_of_a_task_that_begins_with_nobodys_home_is_a_problem(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tasks.toml").write_text('[tasks.a]\nrun = "true"\ncwd = "~/x"\noutput.file = "~nobody-known/log"\n')
    assert call(["--file", "tasks.toml", "check"]) == 78
    said = capsys.readouterr()
    assert "`~/x` begins with a home that nobody has" in said.out + said.err
    assert "`~nobody-known/log` begins with a home that nobody has" in said.out + said.err
