"""Where an import is written, and what is never written over."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from qctl.cli.crontabs.commenting import commented
from qctl.config.crontab import place_of, write_place
from qctl.errors import Refused


def including(folder: Path, text: str) -> str:
    path = folder / "tasks.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("patterns", "named"),
    [
        ('["tasks.d/*.toml"]', True),
        ('["**/*.toml"]', True),
        ('["./tasks.d/crontab-root.toml"]', True),
        ('["*-root.toml", "other.d/*.toml"]', False),
        ("[]", False),
        ("5", False),
    ],
)
def test_a_file_that_is_included_already_is_known_as_such(tmp_path: Path, patterns: str, named: bool) -> None:
    place = place_of(including(tmp_path, f"[qctl]\ninclude = {patterns}\n"), "", "root", "# From")
    assert (place.included, place.path) == (named, f"{tmp_path}/tasks.d/crontab-root.toml")


def test_a_first_tasks_toml_of_an_import_is_its_place_again(tmp_path: Path) -> None:
    place = place_of(None, str(tmp_path), "root", "# From")
    assert write_place(place, "# From here\n")
    assert place_of(place.path, "", "root", "# From") == place
    assert not write_place(place, "# From here\n")
    assert stat.S_IMODE(Path(place.path).stat().st_mode) == 0o600


def test_nothing_stays_of_a_file_that_cannot_be_included(tmp_path: Path) -> None:
    includer = including(tmp_path, "[qctl]\ninclude = 5\n")
    place = place_of(includer, "", "root", "# From")
    with pytest.raises(Refused, match="cannot add to `include`"):
        write_place(place, "x = 1\n")
    assert not Path(place.path).exists()
    assert Path(includer).read_text() == "[qctl]\ninclude = 5\n"


def test_a_list_without_settings_gets_a_table_of_them(tmp_path: Path) -> None:
    includer = including(tmp_path, "# mine\n[tasks.a]\nrun = 'x' # kept\n")
    write_place(place_of(includer, "", "root", "# From"), "# none\n")
    text = Path(includer).read_text()
    assert text.startswith("# mine\n[tasks.a]\nrun = 'x' # kept\n")
    assert '[qctl]\ninclude = ["tasks.d/crontab-*.toml"]' in text


def test_lines_are_commented_out_and_every_other_byte_stays() -> None:
    assert commented("a\r\n\n b\nc", {3}) == "a\r\n\n#qctl#  b\nc"
    assert commented("", {1}) == "#qctl# "
    assert commented("a\n", set()) == "a\n"
