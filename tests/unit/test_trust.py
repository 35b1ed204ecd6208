"""What root trusts: files that nobody else could have written, wherever they lie (attack 41)."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import pytest

from qctl.config.environment import Unprepared, read_env_file
from qctl.engine.processes.safe_imports import Guard, UntrustedCode

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root alone is asked to trust")

STRANGER = 12345
DAEMON = 1


@pytest.fixture
def variables(tmp_path: Path) -> Path:
    """Variables of a job that runs as daemon, in a folder of his."""
    folder = tmp_path / "daemons"
    folder.mkdir(mode=0o755)
    file = folder / "own.env"
    file.write_text("A=a\n")
    file.chmod(0o644)
    for each in (folder, file):
        os.chown(each, DAEMON, DAEMON)
    return file


def test_a_user_may_keep_the_variables_of_his_jobs_in_a_folder_of_his_own(variables: Path) -> None:
    assert read_env_file(str(variables), "daemon") == {"A": "a"}


@pytest.mark.parametrize("folder", ["open to all", "a stranger's"])
def test_a_file_of_the_jobs_user_is_not_trusted_where_others_can_put_one(variables: Path, folder: str) -> None:
    """Attack 41: any file of that user, a log for one, could be linked there."""
    if folder == "open to all":
        variables.parent.chmod(0o777)
    else:
        os.chown(variables.parent, STRANGER, STRANGER)

    with pytest.raises(Unprepared, match=r"ch(mod|own)"):
        read_env_file(str(variables), "daemon")


@pytest.mark.parametrize(("owner", "trusted"), [(0, True), (STRANGER, False)])
def test_code_in_an_archive_is_trusted_as_the_archive_is(tmp_path: Path, owner: int, trusted: bool) -> None:
    """Attack 41."""
    archive = tmp_path / "code.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archived.py", "x = 1\n")
    archive.chmod(0o644)
    os.chown(archive, owner, owner)
    guard = Guard([str(archive)])

    if trusted:
        assert guard.find_spec("archived", [str(archive)]) is not None
    else:
        with pytest.raises(UntrustedCode, match=f"chown root {archive}"):
            guard.find_spec("archived", [str(archive)])
    sys.path_importer_cache.pop(str(archive), None)
