"""An edit is noticed by a running beat, however the file is saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.beat.desk import Desk


def _renamed(file: Path, text: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(text)
    new.rename(file)


def _swapped(file: Path, text: str) -> None:
    """As Kubernetes changes a config map: the file is a link into a folder, and the folder a link that is swapped."""
    data = file.parent / "..data"
    version = file.parent / f"..{len([*file.parent.iterdir()])}"
    version.mkdir()
    (version / file.name).write_text(text)
    link = file.parent / "..data_tmp"
    link.symlink_to(version.name)
    link.rename(data)
    if not file.is_symlink():
        file.unlink(missing_ok=True)
        file.symlink_to(Path(data.name) / file.name)


def _in_place(file: Path, text: str) -> None:
    """As `echo > file` does, and an editor over NFS."""
    with file.open("w") as out:
        out.write(text)


@pytest.mark.parametrize("save", [_renamed, _swapped, _in_place])
def test_however_a_file_is_saved_the_edit_is_noticed(desk: Desk, save: Callable[[Path, str], None]) -> None:  # R8
    text = "[qctl]\ntimezone = 'UTC'\n[tasks.a]\nrun = 'true'\nschedule = '{} * * * *'\n"
    save(desk.file, text.format(10))
    desk.start()
    for minute, fired in ((20, 1), (30, 2)):
        save(desk.file, text.format(minute))
        before = desk.state().generation
        for second in (3, 6, 9):  # the files are looked at, and have settled
            desk.at(f"2026-03-01 12:{minute - 10}:{second:02d}")
        assert desk.state().generation == before + 1
        desk.at(f"2026-03-01 12:{minute}:00")
        desk.at(f"2026-03-01 12:{minute}:02")
        assert len(desk.jobs()) == fired
        desk.end_jobs()
    assert desk.rows()[-1] == "03-01 12:30 fired"
