"""What commands print for people at 80 and 120 columns: compared with pictures that are kept as text."""

from __future__ import annotations

import difflib

import pytest

from qctl.model.cells import width
from tests.unit.kept_screens import FOLDER, kept

_KEPT = dict(kept())


@pytest.mark.parametrize("name", _KEPT)
def test_a_command_prints_what_its_kept_picture_shows(name: str) -> None:
    before, drawn = (FOLDER / f"{name}.txt").read_text(), _KEPT[name]
    differences = "\n".join(difflib.unified_diff(before.splitlines(), drawn.splitlines(), "kept", "drawn", n=1))
    assert drawn == before, f"{differences}\nif it is meant to be so: python -m tests.unit.kept_screens"
    assert max(map(width, drawn.splitlines())) <= int(name.rpartition("-")[2]) or name.startswith("run-wait-in-ci")


def test_no_picture_is_kept_that_nobody_draws() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(_KEPT)
