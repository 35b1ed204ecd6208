"""Files that are swapped in one step, while others bend the path, write to them or got there first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qctl.config.editing.swap import ChangedMeanwhile, create, read_original, swap


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "table"
    path.parent.mkdir()
    path.write_text("old\n")
    path.chmod(0o640)
    return path


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_mode_and_a_copy_of_what_it_held_stay(file: Path) -> None:
    original = read_original(str(file))
    kept = swap(original.real, original.signs, b"new\n", backup=".table.old")
    assert kept == f"{file.parent}/.table.old"
    for path, text in ((file, "new\n"), (Path(kept), "old\n")):
        assert (path.read_text(), path.stat().st_mode & 0o777) == (text, 0o640)
    assert names(file.parent) == [".table.old", "table"]


def test_a_folder_that_became_a_link_meanwhile_leads_nowhere(file: Path, tmp_path: Path) -> None:
    original = read_original(str(file))
    victim = tmp_path / "victim"
    file.parent.rename(victim)
    file.parent.symlink_to(victim)
    with pytest.raises(OSError, match="Not a directory"):
        swap(original.real, original.signs, b"new\n")
    with pytest.raises(OSError, match="Not a directory"):
        create(f"{file.parent}/fresh", b"new\n", 0o600)
    with pytest.raises(OSError, match="Not a directory"):
        read_original(original.real)
    assert (names(victim), (victim / "table").read_text()) == (["table"], "old\n")


def test_a_file_that_became_a_link_or_was_written_to_meanwhile_is_left_alone(file: Path, tmp_path: Path) -> None:
    original = read_original(str(file))
    file.write_text("of somebody else\n")
    with pytest.raises(ChangedMeanwhile):
        swap(original.real, original.signs, b"new\n", backup="old")
    other = tmp_path / "other"
    file.rename(other)
    file.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        swap(original.real, original.signs, b"new\n", backup="old")
    with pytest.raises(ChangedMeanwhile):
        swap(original.real, original.signs, b"new\n")
    assert (names(file.parent), other.read_text()) == (["table"], "of somebody else\n")


def test_nothing_is_made_over_what_is_there(file: Path) -> None:
    with pytest.raises(FileExistsError):
        create(str(file), b"new\n", 0o600)
    assert (names(file.parent), file.read_text()) == (["table"], "old\n")


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        read_original(f"{tmp_path}/pipe")
