"""`qctl completion SHELL --install`: where it goes, what it writes over, and what it says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.cli.calling import call
from qctl.cli.completion.scripts import path_of

PLACES = {
    "bash": "data/bash-completion/completions/qctl",
    "zsh": "data/zsh/site-functions/_qctl",
    "fish": "config/fish/completions/qctl.fish",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of somebody who is not root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name, folder in (("HOME", "."), ("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config")):
        monkeypatch.setenv(name, str(tmp_path / folder))
    for name in ("FPATH", "BASH_COMPLETION_USER_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("shell", PLACES)
def test_the_script_is_put_where_its_shell_looks(home: Path, shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["completion", shell, "--install"]) == 0
    written = home / PLACES[shell]
    assert written.read_text() == path_of(shell).read_text()
    said = capsys.readouterr()
    assert said.out == f"{written}\n"
    assert {"bash": "source ", "zsh": "fpath=(", "fish": "by itself"}[shell] in said.err


def test_a_dry_run_writes_nothing_and_says_where(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["completion", "fish", "--install", "--dry-run"]) == 0
    assert capsys.readouterr().out == f"would write {home / PLACES['fish']}\n"
    assert not (home / "config").exists()


def test_what_an_older_qctl_has_written_is_replaced(home: Path) -> None:
    written = home / PLACES["fish"]
    written.parent.mkdir(parents=True)
    written.write_text(path_of("fish").read_text() + "# older\n")
    assert call(["completion", "fish", "--install"]) == 0
    assert "# older" not in written.read_text()


def test_what_somebody_else_has_written_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = home / PLACES["fish"]
    written.parent.mkdir(parents=True)
    written.write_text("complete -c qctl\n")
    assert call(["completion", "fish", "--install"]) == 5
    assert written.read_text() == "complete -c qctl\n"
    assert f"mv {written} {written}.old" in capsys.readouterr().err


def test_a_folder_of_ones_own_that_zsh_looks_into_is_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / "functions"
    own.mkdir()
    os.chown(own, 1000, -1) if os.getuid() == 0 else monkeypatch.setattr(os, "geteuid", os.getuid)
    monkeypatch.setenv("FPATH", f"/usr/share/zsh/functions:{own}")
    assert call(["completion", "zsh", "--install"]) == 0
    assert capsys.readouterr().out == f"{own}/_qctl\n"


def test_root_installs_for_everybody(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert call(["completion", "bash", "--install", "--dry-run"]) == 0
    assert capsys.readouterr().out == "would write /usr/local/share/bash-completion/completions/qctl\n"


def test_the_script_is_printed_and_an_unknown_shell_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["completion", "zsh"]) == 0
    assert capsys.readouterr().out == path_of("zsh").read_text()
    assert call(["completion", "bsh"]) == 2
    assert "did you mean `bash`?" in capsys.readouterr().err
