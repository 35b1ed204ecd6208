"""`qctl import crontab` with the machine's own `crontab`, on the crontab of a user who has none."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from qctl.client.crontab import NoCrontab, read_crontab
from tests.support import Home

USER = "nobody"
OURS = "# of a test of qctl: caf\udce9\n"
MINE = f"{OURS}MAILTO=''\n0 3 29 2 * true one\n0 4 29 2 * true two%with stdin\n"


def crontab(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["crontab", "-u", USER, *words], input=given, capture_output=True, check=False)


@pytest.fixture
def theirs() -> Iterator[str]:
    """The user, with a crontab whose lines do nothing. One test run of the machine has it at a time."""
    if os.geteuid() != 0 or shutil.which("crontab") is None:
        pytest.skip("only root writes crontabs of other users, with the program `crontab`")
    if not any(each.pw_name == USER for each in pwd.getpwall()):
        pytest.skip(f"this machine has no user {USER}")
    with Path("/run/lock/qctl-test-crontab").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        there = crontab("-l").stdout
        if there and not there.startswith(OURS.encode(errors="surrogateescape")):
            pytest.skip(f"{USER} has a crontab here")
        if (done := crontab("-", given=MINE.encode(errors="surrogateescape"))).returncode:
            pytest.skip(f"this crontab takes no table: {done.stderr!r}")
        try:
            yield USER
        finally:
            crontab("-r")


def test_a_crontab_changes_sides_byte_for_byte_and_only_once(home: Home, theirs: str) -> None:
    home.write("tasks.toml", "")
    done = home.run("import", "crontab", "--user", theirs, "--write", "--comment-out", "-y")
    assert done.code == 0, done.stderr
    assert read_crontab(theirs) == MINE.replace("0 3 29", "#qctl# 0 3 29").replace("0 4 29", "#qctl# 0 4 29")
    assert home.run("task", "list", "-q").stdout.split() == ["job", "job-2"]
    assert "0 lines imported" in home.run("import", "crontab", "--user", theirs).stderr


def test_who_has_no_crontab_is_told_so(theirs: str, home: Home) -> None:
    crontab("-r")
    with pytest.raises(NoCrontab):
        read_crontab(theirs)
    assert f"there is no crontab of {theirs}" in home.run("import", "crontab", "--user", theirs).stderr
