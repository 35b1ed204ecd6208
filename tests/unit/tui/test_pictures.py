"""What each view and page looks like: compared with pictures that are kept as text."""

from __future__ import annotations

import difflib

import pytest

from qctl.tui.picture import Picture
from tests.unit.tui.pictures import FOLDER, PLAIN, as_kept, pictures

_PICTURES = dict(pictures())


@pytest.mark.parametrize("name", _PICTURES)
def test_a_screen_looks_as_its_kept_picture(name: str) -> None:
    kept, drawn = (FOLDER / f"{name}.txt").read_text(), as_kept(_PICTURES[name])
    differences = "\n".join(difflib.unified_diff(kept.splitlines(), drawn.splitlines(), "kept", "drawn", n=1))
    assert drawn == kept, f"{differences}\nif it is meant to be so: python -m tests.unit.tui.pictures"


def test_no_picture_is_kept_that_nobody_draws() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(_PICTURES)


def _styles(picture: Picture) -> set[str]:
    return {word for line in picture.lines for span in line for word in span.style.split()}


def test_a_screen_in_ascii_has_no_sign_that_is_none() -> None:
    assert as_kept(_PICTURES["jobs-120x40-ascii"]).isascii()


def test_a_screen_in_ascii_has_the_same_places() -> None:
    plain, rich = as_kept(_PICTURES["jobs-120x40-ascii"]), as_kept(_PICTURES["jobs-120x40"])
    assert [len(line) for line in plain.splitlines()[7:20]] == [len(line) for line in rich.splitlines()[7:20]]


def test_in_ascii_signs_of_writing_have_their_other_form_and_letters_a_code() -> None:
    assert PLAIN.safe("exit 22 — “again…” → é") == 'exit 22 - "again..." -> \\xe9'
