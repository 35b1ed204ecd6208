"""Where tasks.toml is looked for: the first found is the only one."""

from __future__ import annotations

from pathlib import Path

import pytest

from qctl.config import BadFile, find, load_found
from qctl.config.find import SYSTEM, places


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
    looked_at = list(places({"HOME": str(home)}, "/srv/app"))

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


def test_a_link_that_leads_nowhere_is_told_and_not_passed_over(home: Path, tmp_path: Path) -> None:
    (tmp_path / "work/tasks.toml").symlink_to("gone.toml")

    with pytest.raises(BadFile, match="cannot read it"):
        load_found(None, {"HOME": str(home)}, str(tmp_path / "work/deep"))
