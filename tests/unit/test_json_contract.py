"""What programs read of qctl: fields are only added, in their places, and never by accident."""

from __future__ import annotations

import pytest

from tests.acceptance import answers
from tests.acceptance.answers import schemas
from tests.support.source import ROOT
from tests.unit.json_documents import COMMAND, DOCUMENTS, FOLDER, text_of


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_as_its_file_holds_it(name: str) -> None:
    """Names, types and order, and how times and amounts are written."""
    held = (FOLDER / f"{name}.json").read_text()
    meant = f"if this change of what programs read is meant: {COMMAND}, and say it in the changelog"
    assert text_of(name) == held, meant


def test_every_schema_is_held_by_a_file() -> None:
    """Of answers of commands: by one that tests/acceptance/test_json_answers.py compares."""
    named = schemas("".join(path.read_text() for path in (ROOT / "qctl").rglob("*.py")))
    answered = schemas("".join(path.read_text() for path in answers.FOLDER.iterdir()))
    assert named == DOCUMENTS.keys() | answered
    assert {path.stem for path in FOLDER.iterdir()} == DOCUMENTS.keys()
    assert {path.stem for path in answers.FOLDER.iterdir()} == {*answers.WALK, "receipt"}
