"""Where a worker keeps its run directories, and what becomes of those of workers that were killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.engine.processes import rundir
from qctl.engine.workroom import PREFIX, Workroom

_KILLED = """
import os, signal
from qctl.engine.workroom import Workroom
room = Workroom()
open(os.path.join(room.path, "left"), "w").close()
print(room.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", os.fspath(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield tmp_path
    monkeypatch.undo()
    tempfile.tempdir = None


def test_what_a_killed_worker_left_is_removed_by_the_next_and_a_living_one_keeps_its_own(place: Path) -> None:
    living = Workroom()
    killed = subprocess.run([sys.executable, "-c", _KILLED], capture_output=True, text=True, check=False)
    left = Path(killed.stdout.strip())
    assert (left / "left").exists()

    Workroom().close()

    assert not left.exists()
    assert Path(living.path).is_dir()
    living.close()
    assert list(place.iterdir()) == []


def test_a_symbolic_link_of_this_name_leads_nobody_astray(place: Path) -> None:
    (place / "precious").mkdir()
    (place / "precious" / "file").touch()
    (place / f"{PREFIX}link").symlink_to(place / "precious")
    (place / f"{PREFIX}dir").mkdir()
    (place / f"{PREFIX}dir" / "link").symlink_to(place / "precious")

    Workroom().close()

    assert (place / "precious" / "file").exists()
    assert not (place / f"{PREFIX}dir").exists()


def test_a_directory_that_another_worker_sweeps_away_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that start in the same moment: the one's sweep finds the other's, which nobody holds yet."""
    made: list[str] = []

    def swept_first(path: str) -> None:
        made.append(path)
        if len(made) == 1:
            os.rmdir(path)
        os.chmod(path, 0o711)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(rundir, "let_users_pass", swept_first)
    room = Workroom()
    assert [room.path] == made[1:]
    assert os.path.isdir(room.path)
    room.close()
