"""What programs read of qctl: fields are only added, in their places, and never by accident."""

from __future__ import annotations

import re

import pytest

from tests.support.source import ROOT
from tests.unit.json_documents import COMMAND, DOCUMENTS, FOLDER, text_of

#: What one command alone answers of what it has done, each held by that command's own tests.
ANSWERS = {
    *("beat_start", "cancelled", "check", "disabled", "doctor", "down", "edited", "env", "export", "import", "init"),
    *("install", "overview", "path", "paused", "ping", "plan", "purged", "receipt", "removed", "retried", "setting"),
    *("uninstall", "up", "variable", "worker_start"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_as_its_file_holds_it(name: str) -> None:
    """Names, types and order, and how times and amounts are written."""
    held = (FOLDER / f"{name}.json").read_text()
    meant = f"if this change of what programs read is meant: {COMMAND}, and say it in the changelog"
    assert text_of(name) == held, meant


def test_every_schema_is_held_by_a_file_or_by_the_tests_of_its_command() -> None:
    text = "".join(path.read_text() for path in (ROOT / "qctl").rglob("*.py"))
    named = set(re.findall(r'"qctl\.([a-z_]+)/1"', text))
    assert named == DOCUMENTS.keys() | ANSWERS
    assert {path.stem for path in FOLDER.iterdir()} == DOCUMENTS.keys()
