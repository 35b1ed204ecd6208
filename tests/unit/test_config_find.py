"""Where tasks.toml is looked for: the first found is the only one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from qctl.config import BadFile, find, load_found
from qctl.config.places import SYSTEM, above, elsewhere
from qctl.config.report import check


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home/.config/qctl").mkdir(parents=True)
    (tmp_path / "work/deep/er").mkdir(parents=True)
    return tmp_path / "home"


def test_each_place_gives_way_to_the_one_before(home: Path, tmp_path: Path) -> None:
    work = tmp_path / "work/deep/er"
    environ = {"HOME": str(home)}
    written = [home / ".config/qctl/tasks.toml", tmp_path / "work/tasks.toml", work / "tasks.toml"]
    for path in written:
        path.write_text("")
        assert find(None, environ, str(work)) == str(path)

    assert find(None, environ | {"QCTL_FILE": "../other.toml"}, str(work)) == str(tmp_path / "work/deep/other.toml")
    assert find("given.toml", environ | {"QCTL_FILE": "x"}, str(work)) == str(work / "given.toml")


def test_the_system_is_looked_at_last(home: Path) -> None:
    looked_at = [*above("/srv/app"), *elsewhere({"HOME": str(home)})]

    assert looked_at == [
        "/srv/app/tasks.toml",
        "/srv/tasks.toml",
        "/tasks.toml",
        f"{home}/.config/qctl/tasks.toml",
        SYSTEM,
    ]


def test_what_is_named_must_be_there(home: Path, tmp_path: Path) -> None:
    for given, environ in (("gone.toml", {}), (None, {"QCTL_FILE": "gone.toml"})):
        with pytest.raises(BadFile, match="cannot read it"):
            load_found(given, environ, str(tmp_path))


def test_dev_null_is_no_file_at_all(home: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.toml").write_text("x = [")
    assert load_found("/dev/null", {}, str(tmp_path)) == load_found(None, {"QCTL_FILE": "/dev/null"}, str(tmp_path))


def test_a_link_that_leads_nowhere_is_told_and_not_passed_over(home: Path, tmp_path: Path) -> None:
    (tmp_path / "work/tasks.toml").symlink_to("gone.toml")

    with pytest.raises(BadFile, match="cannot read it"):
        load_found(None, {"HOME": str(home)}, str(tmp_path / "work/deep"))


NOBODY, SOMEBODY = 65534, 65533


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that all may read, and a test that acts as the user nobody."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    with TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        Path(folder, "below").mkdir()
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def written_by(uid: int, path: Path, target: Path | None = None) -> None:
    """A file, or a link, that another user has put there."""
    acting = os.geteuid()
    os.seteuid(0)
    path.unlink(missing_ok=True)
    path.symlink_to(target) if target else path.write_text("")
    os.chown(path, uid, -1, follow_symlinks=False)
    os.seteuid(acting)


def test_a_file_of_another_user_above_is_refused_and_not_passed_over(as_nobody: Path) -> None:
    """Attack 41 for those who are not root: anybody can write /tmp/tasks.toml."""
    file, here = as_nobody / "tasks.toml", str(as_nobody / "below")
    written_by(SOMEBODY, file)
    with pytest.raises(BadFile, match=f"{file}: belongs to user {SOMEBODY}") as refused:
        find(None, {}, here)
    assert refused.value.exit_code == 78
    assert str(file) in refused.value.advice
    assert [problem.code for problem in check(None, {}, here).problems] == ["Q013"]

    assert find(str(file), {}, here) == find(None, {"QCTL_FILE": str(file)}, here) == str(file), "named on purpose"
    for owner in (NOBODY, 0):
        written_by(owner, file)
        assert find(None, {}, here) == str(file)


def test_a_link_is_as_good_as_whoever_made_it(as_nobody: Path) -> None:
    written_by(0, as_nobody / "real.toml")
    written_by(SOMEBODY, as_nobody / "tasks.toml", as_nobody / "real.toml")
    with pytest.raises(BadFile, match="belongs to user"):
        find(None, {}, str(as_nobody))
