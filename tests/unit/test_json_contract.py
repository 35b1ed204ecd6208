"""What programs read of qctl: fields are only added, in their places, and never by accident."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qctl.store import WorkerInfo
from tests.acceptance import answers
from tests.acceptance.answers import schemas
from tests.support.source import ROOT
from tests.unit.jobs_at_hand import NOW_MS
from tests.unit.json_documents import COMMAND, DOCUMENTS, FOLDER, WORKER, health_with, text_of


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


def test_that_redis_was_emptied_is_told_for_an_hour() -> None:
    """Fault 36: workers begin anew within seconds, and all seems well."""
    said = [
        "Redis was emptied 2m ago: the jobs that it held are gone" in health_with(a_worker(ago))["problems"]
        for ago in (120_000, 7_200_000)
    ]
    assert said == [True, False]


def a_worker(forgotten_ms_ago: int) -> WorkerInfo:
    return replace(WORKER, about={**WORKER.about, "forgotten_ms": NOW_MS - forgotten_ms_ago})
